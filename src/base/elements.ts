/** Elements of a tensor: the product of its dimensions, 1 where it has none. */
export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
