/** Whether a path ends in one of these, `.gz`, in capitals or not. */
export function endsIn(path: string, ...endings: readonly string[]): boolean {
  const lower = path.toLowerCase();
  return endings.some((ending) => lower.endsWith(ending));
}
