import { median } from 'simple-statistics';
import { version } from '../../base/version.js';
import { tf } from '../../nn/engines/tfjs.js';
import { inferenceModel } from '../../nn/inference-model.js';
import type { Architecture, SearchSpace } from '../../spaces/space.js';
import { chosenColumns, slotsEncoding } from '../encodings/encoding.js';
import { conformalHalfWidth } from './conformal.js';
import { fitFamiliarity } from './familiarity.js';
import type { HeldOutResiduals } from './out-of-fold.js';
import { fitQuantile, type QuantileModel } from './quantile-regression.js';
import { type Quantiles, SHARES } from './quantiles.js';

/** Share of new measurements that an interval should contain. */
export const LEVEL = 0.9;

/** A card's description of how the widths were determined. */
const METHOD = 'cross-conformal on ln(measured / predicted), scaled by distance and choices';

/** Number of parts for cross-fitting the dependence of widths on choices. */
const CROSS_FITS = 10;

/** Fitted intervals, in the form in which they are saved. */
export interface FittedInterval {
  /**
   * Bytes of `interval.onnx`. Input: `x [batch, choices]`, the one-hot choices of `slotsEncoding`. Outputs
   * `[batch]`: `log_low` ≤ 0 and `log_high` ≥ 0, such that the interval reaches from latency·exp(log_low) to
   * latency·exp(log_high), and `unfamiliarity`, above 1 for an architecture unlike the measured ones.
   */
  readonly onnx: Uint8Array;
  /** Ends of the median interval, as multiples of the prediction. */
  readonly typical: { readonly low: number; readonly high: number };
  readonly calibrationSamples: number;
  /** Description for the card of how the widths were determined. */
  readonly method: string;
  /** Where measurements lie along the interval. */
  readonly quantiles?: Quantiles;
}

/**
 * Fits intervals to residuals of samples that the predictor has not seen. The logarithm of each end is the
 * product of
 *
 * - the architecture's distance from the measured ones, so that intervals are wider where data are sparse;
 * - a factor that depends on its choices, from the residuals' quantile (conformalised quantile regression,
 *   Romano et al., arXiv:1905.03222); outside the measured region it can only widen the interval;
 * - a conformal factor (Lei et al., arXiv:1604.04173, §5.2), separate for each side, because disturbed
 *   measurements are slower and errors therefore asymmetric. Each side leaves out half of what `LEVEL` leaves
 *   out.
 *
 * The conformal factors come from scales that were fitted without the sample they are compared with.
 *
 * @param known all measured architectures, as the device executes them
 * @param heldOut residuals of some of them
 * @returns undefined if there are too few residuals for the level (fewer than 19)
 */
export async function fitInterval(
  space: SearchSpace,
  known: readonly Architecture[],
  heldOut: HeldOutResiduals,
): Promise<FittedInterval | undefined> {
  const [{ shape }] = slotsEncoding.inputs(space);
  const columns = shape[0];
  const rows = known.map((architecture) => chosenColumns(space, architecture));
  const { precision, distances, boundary } = fitFamiliarity(rows, columns);

  const samples = heldOut.positions.map((position, i) => ({
    row: rows[position],
    distance: distances[position],
    residual: heldOut.residuals[i],
  }));
  const difficultyWithout = (part: number) =>
    fitDifficulty(
      samples.filter((_, i) => i % CROSS_FITS !== part),
      columns,
    );
  const crossFitted = Array.from({ length: Math.min(CROSS_FITS, samples.length) }, (_, part) =>
    samples.length > 1 ? difficultyWithout(part) : undefined,
  );
  const scales = samples.map(({ row, distance }, i) =>
    scaleOf(crossFitted[i % CROSS_FITS], row, distance, boundary),
  );
  const factor = (side: -1 | 1, share: number) =>
    conformalHalfWidth(
      Float64Array.from(samples, ({ residual }, i) => (side * residual) / scales[i]),
      share,
    );
  const end = (side: -1 | 1) => Math.max(0, factor(side, (1 + LEVEL) / 2));
  const [below, above] = [end(-1), end(1)];
  if (!Number.isFinite(below)) return undefined;
  // Each side from its own factor, so that neither promises more than it has seen.
  const quantiles = SHARES.map((share) => {
    const quantile = share < 0.5 ? -factor(-1, 1 - share) : factor(1, share);
    // Without errors, all lie in the same place.
    return { share, position: below + above > 0 ? (quantile + below) / (below + above) : 0.5 };
  });

  const difficulty = fitDifficulty(samples, columns);
  const onnx = await inferenceModel(
    slotsEncoding.inputs(space),
    [
      { name: 'precision', shape: [columns, columns], values: Float32Array.from(precision.to1DArray()) },
      { name: 'difficulty', shape: [columns, 1], values: Float32Array.from(difficulty.weights) },
    ],
    (p, { x }) => {
      const distance = tf.sqrt(tf.sum(tf.mul(tf.matMul(x, p.precision), x), 1));
      const unfamiliarity = tf.div(distance, boundary);
      const learned = tf.add(tf.reshape(tf.matMul(x, p.difficulty), [-1]), difficulty.intercept);
      const allowed = tf.where(tf.greater(unfamiliarity, 1), tf.relu(learned), learned);
      const scale = tf.mul(distance, tf.exp(allowed));
      return { log_low: tf.mul(scale, -below), log_high: tf.mul(scale, above), unfamiliarity };
    },
    version,
  );
  const scale = median(scales);
  return {
    onnx,
    typical: { low: Math.exp(-below * scale), high: Math.exp(above * scale) },
    calibrationSamples: samples.length,
    method: METHOD,
    quantiles,
  };
}

/** Least residual in log space, for predictions that are exactly right: keeps logarithms finite. */
const LEAST_RESIDUAL = 1e-9;

interface CalibrationSample {
  readonly row: Uint32Array;
  readonly distance: number;
  readonly residual: number;
}

/** The logarithm of (quantile of the residuals / distance) as a function of the choices; 0 on average. */
function fitDifficulty(samples: readonly CalibrationSample[], columns: number): QuantileModel {
  const y = Float64Array.from(samples, ({ residual, distance }) =>
    Math.log(Math.max(LEAST_RESIDUAL, Math.abs(residual)) / distance),
  );
  const { weights } = fitQuantile(
    samples.map(({ row }) => row),
    columns,
    y,
    LEVEL,
  );
  const sums = samples.map(({ row }) => row.reduce((sum, k) => sum + weights[k], 0));
  return { weights, intercept: -sums.reduce((a, b) => a + b, 0) / sums.length };
}

function scaleOf(
  difficulty: QuantileModel | undefined,
  row: Uint32Array,
  distance: number,
  boundary: number,
): number {
  if (!difficulty) return distance;
  const learned = row.reduce((sum, k) => sum + difficulty.weights[k], difficulty.intercept);
  return distance * Math.exp(distance > boundary ? Math.max(0, learned) : learned);
}
