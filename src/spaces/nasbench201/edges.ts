/** The cell's edges in string order, as pairs of its four tensors: 0 is the input, 3 the output. */
export const EDGES: readonly (readonly [from: number, to: number])[] = [
  [0, 1],
  [0, 2],
  [1, 2],
  [0, 3],
  [1, 3],
  [2, 3],
];
