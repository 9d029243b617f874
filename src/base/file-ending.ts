/** Whether a path ends in one of these, such as `.gz`, in any case. */
export function endsIn(path: string, ...endings: readonly string[]): boolean {
  const lower = path.toLowerCase();
  return endings.some((ending) => lower.endsWith(ending));
}
