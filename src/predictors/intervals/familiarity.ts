import { inverse, Matrix } from 'ml-matrix';

/** Share of the known architectures that count as familiar if each is left out of the others. */
const FAMILIAR = 0.99;

/** How far an architecture's choices are from those of the measured architectures. */
export interface FamiliarityModel {
  /** `[columns, columns]`; the distance of a row φ of one-hot choices is √(φᵀ·precision·φ). */
  readonly precision: Matrix;
  /** `[known architecture]`, the distance of each from all others. */
  readonly distances: Float64Array;
  /** An architecture at a greater distance is unlike the measured ones. */
  readonly boundary: number;
}

/**
 * The distance is the square root of the ridge leverage score (Alaoui & Mahoney, arXiv:1411.0306, §3): how
 * strongly a linear model's prediction would depend on the noise of its data. It is greater where an option,
 * or a number of equal options, was seen less often. Leaving a sample out of its own distance needs no refit:
 * h/(1 - h).
 *
 * @param rows `[architecture][slot]`, columns of the choices (see `chosenColumns`)
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
