/**
 * Gives out names, each once: a wish that is taken is numbered.
 *
 * @param reserved names that are taken from the start
 */
export function distinctNames(reserved: readonly string[] = []): (wanted: string) => string {
  const taken = new Set(reserved);
  /** By wish the number to try next, so that many equal wishes take no longer each. */
  const next = new Map<string, number>();
  return (wanted) => {
    let name = wanted;
    let number = next.get(wanted) ?? 1;
    while (taken.has(name)) name = `${wanted}#${number++}`;
    next.set(wanted, number);
    taken.add(name);
    return name;
  };
}
