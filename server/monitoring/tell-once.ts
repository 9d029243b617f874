/** Passes problems on, but reports a persistent problem only once. */
export function tellOnce(tell: (problem: string) => void): (problem: string) => void {
  let last: string | undefined;
  return (problem) => {
    if (problem !== last) tell(problem);
    last = problem;
  };
}
