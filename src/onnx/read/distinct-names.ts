/**
 * Makes names unique: a name that is taken gets a number.
 *
 * @param reserved names that are taken from the start
 */
export function distinctNames(reserved: readonly string[] = []): (wanted: string) => string {
  const taken = new Set(reserved);
  /** The next number to try for each name, so that many equal ones do not take longer and longer. */
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
