/** Says why and when a request is repeated. */
export function sayRetry(problem: string, waitMs: number): void {
  console.error(`${problem}; trying again in ${(waitMs / 1000).toFixed(0)} s`);
}
