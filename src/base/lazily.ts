/** An asynchronous function whose code is loaded when it is first called. */
export function lazily<Arguments extends unknown[], Result>(
  load: () => Promise<(...given: Arguments) => Promise<Result>>,
): (...given: Arguments) => Promise<Result> {
  return async (...given) => (await load())(...given);
}
