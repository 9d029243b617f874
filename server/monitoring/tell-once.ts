/** Passes problems on, but not the same one again and again: what goes on failing is said once. */
export function tellOnce(tell: (problem: string) => void): (problem: string) => void {
  let last: string | undefined;
  return (problem) => {
    if (problem !== last) tell(problem);
    last = problem;
  };
}
