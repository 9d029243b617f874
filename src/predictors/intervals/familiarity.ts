import { inverse, Matrix } from 'ml-matrix';

/** Share of the known architectures that count as familiar when they are left out of the others. */
const FAMILIAR = 0.99;

/** How far an architecture's choices are from those of the architectures that were measured. */
export interface FamiliarityModel {
  /** `[columns, columns]`; the distance of a row φ of one-hot choices is √(φᵀ·precision·φ). */
  readonly precision: Matrix;
  /** `[known architecture]`, each one's distance from all others. */
  readonly distances: Float64Array;
  /** What lies farther out is unlike what was measured. */
  readonly boundary: number;
}

/**
 * The distance is the square root of the ridge leverage score (Alaoui & Mahoney, arXiv:1411.0306, §3): how much a
 * linear model's prediction there would depend on the noise of its data. It grows where an option, or a number of
 * equal options, was seen less often. Leaving a sample out of its own distance takes no refit: h/(1 - h).
 *
 * @param rows `[architecture][slot]`, columns of the choices made (see `chosenColumns`)
 * @param columns number of columns
 */
export function fitFamiliarity(rows: readonly Uint32Array[], columns: number): FamiliarityModel {
  const moment = Matrix.eye(columns, columns);
  for (const row of rows) {
    for (const k of row) for (const l of row) moment.set(k, l, moment.get(k, l) + 1);
  }
  const precision = inverse(moment);
  const distances = Float64Array.from(rows, (row) => {
    const leverage = distance(precision, row) ** 2;
    return Math.sqrt(leverage / (1 - leverage));
  });
  const rank = Math.min(rows.length, Math.ceil((rows.length + 1) * FAMILIAR));
  return { precision, distances, boundary: distances.slice().sort()[rank - 1] };
}

function distance(precision: Matrix, row: Uint32Array): number {
  let sum = 0;
  for (const k of row) for (const l of row) sum += precision.get(k, l);
  return Math.sqrt(sum);
}
