/** The usual estimate from a network's totals: the non-negative linear function with the smallest relative errors. */
export interface TotalsLine {
  /** For each total, and the constant. */
  readonly slopes: readonly number[];
}

export function fitLine(
  rows: readonly { readonly totals: readonly number[]; readonly us: number }[],
): TotalsLine {
  const samples = rows.map(({ totals, us }) => [...totals, 1].map((total) => total / us));
  const size = samples[0].length;
  const slopes = new Array<number>(size).fill(0);
  const products = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => samples.reduce((sum, x) => sum + x[i] * x[j], 0)),
  );
  const right = Array.from({ length: size }, (_, i) => samples.reduce((sum, x) => sum + x[i], 0));
  // Coordinate descent, because the problem is convex and small.
  for (let round = 0; round < 3000; round++) {
    for (let i = 0; i < size; i++) {
      const rest = slopes.reduce((sum, slope, j) => (j === i ? sum : sum + slope * products[i][j]), 0);
      slopes[i] = Math.max(0, (right[i] - rest) / products[i][i]);
    }
  }
  return { slopes };
}

export const lineUs = ({ slopes }: TotalsLine, totals: readonly number[]): number =>
  [...totals, 1].reduce((sum, total, i) => sum + total * slopes[i], 0);
