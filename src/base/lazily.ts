/** Wraps an asynchronous function whose code is loaded on its first call. */
export function lazily<Arguments extends unknown[], Result>(
  load: () => Promise<(...given: Arguments) => Promise<Result>>,
): (...given: Arguments) => Promise<Result> {
  return async (...given) => (await load())(...given);
}
