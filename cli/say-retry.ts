/** Says why a service is asked again, and when. */
export function sayRetry(problem: string, waitMs: number): void {
  console.error(`${problem}; again in ${(waitMs / 1000).toFixed(0)} s`);
}
