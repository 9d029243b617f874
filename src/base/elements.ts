/** Number of elements of a tensor: the product of its dimensions, 1 for a scalar. */
export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
