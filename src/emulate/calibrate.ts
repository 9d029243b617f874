import { sampleRankCorrelation } from 'simple-statistics';
import * as ort from '../base/onnxruntime.js';
import { Random } from '../base/random.js';
import { conformalHalfWidth } from '../predictors/intervals/conformal.js';
import { LEVEL } from '../predictors/intervals/interval.js';
import type { EmulatorCard } from './card.js';
import { outputCount } from './columns.js';
import type { Committee } from './committee.js';
import { type EmulatorParts, type IntervalScale, networksModel } from './emulator-model.js';
import type { StandardisedRuns } from './fit.js';
import type { Runs } from './runs.js';

/** Number of inputs at which the differences between fits are averaged. */
const PROBES = 256;
/** Number of inputs that go through the networks at once. */
const CHUNK = 32;

/** The width of the intervals, and the emulator's scores. */
export interface EmulatorCalibration {
  readonly scale: IntervalScale;
  readonly scores: EmulatorCard['scores'];
}

/**
 * Calibrates intervals with out-of-fold residuals: conformal prediction on |residual| / (spread + floor) (Lei
 * et al., arXiv:1604.04173, §5.2), where each run is predicted by the one fit that has not seen it
 * (cross-conformal prediction, Vovk, arXiv:1208.0806).
 *
 * The emulator answers with the mean over fits. Its squared error is the fits' mean squared error less their
 * mean squared difference from it (Krogh & Vedelsby, NIPS 1994). This is an identity, and the second term
 * needs no runs: it is averaged over inputs that no fit has seen. Intervals shrink by the square root of the
 * remaining share.
 */
export async function calibrateEmulator(
  parts: EmulatorParts,
  committee: Committee,
  samples: StandardisedRuns,
  runs: Runs,
  seed: number,
): Promise<EmulatorCalibration> {
  const { outputs } = runs;
  const columns = outputCount(outputs);
  const ambiguity = await ambiguityOf(parts, runs, seed);
  const { heldOutMean, heldOutSpread } = committee;
  const single = parts.fits[0].architectures.length === 1;
  const factor: number[] = [];
  const floor: number[] = [];
  const scores: EmulatorCard['scores'][number][] = [];
  let from = 0;
  for (const { name, points = 1 } of outputs) {
    const at = Array.from(
      { length: samples.count * points },
      (_, i) => Math.floor(i / points) * columns + from + (i % points),
    );
    const errors = Float64Array.from(at, (i) => Math.abs(samples.y[i] - heldOutMean[i]));
    const square = errors.reduce((sum, error) => sum + error * error, 0) / errors.length;
    const gained = ambiguity.slice(from, from + points).reduce((a, b) => a + b, 0) / points;
    const spreads = Float64Array.from(at, (i) => heldOutSpread[i]);
    // Differences between fits are smaller than their errors, except by chance in small samples.
    const left = Math.max(1 / parts.fits.length, 1 - gained / square);
    // Single networks have no spread within fits, and only one fit has not seen the run: the floor is that over fits.
    const typical = single ? Math.sqrt(gained) : spreads.reduce((a, b) => a + b, 0) / spreads.length;
    const own = Math.max(1e-6, typical);
    const halfWidth = conformalHalfWidth(
      errors.map((error, i) => error / (spreads[i] + own)),
      LEVEL,
    );
    for (let k = 0; k < points; k++) {
      factor.push(halfWidth * Math.sqrt(left));
      floor.push(own);
    }
    scores.push({
      output: name,
      error: Math.sqrt(square * left),
      errorOfOne: Math.sqrt(square),
      spearman: rankCorrelation(spreads, errors),
      factor: halfWidth * Math.sqrt(left),
    });
    from += points;
  }
  return { scale: { factor, floor }, scores };
}

/** The rank correlation; 0 if the spread is the same everywhere, as that of a single architecture is. */
function rankCorrelation(spreads: Float64Array, errors: Float64Array): number {
  const correlation = sampleRankCorrelation([...spreads], [...errors]);
  return Number.isFinite(correlation) ? correlation : 0;
}

/** Mean squared difference of the fits from their mean at inputs that were not run, standardised, `[output column]`. */
async function ambiguityOf(parts: EmulatorParts, runs: Runs, seed: number): Promise<Float64Array> {
  const columns = outputCount(runs.outputs);
  const fits = parts.fits.length;
  const draws = parts.fits[0].architectures.length;
  const session = await ort.openSession(await networksModel(parts), 1);
  const sums = new Float64Array(columns);
  try {
    const x = shuffledInputs(runs, PROBES, seed);
    for (let start = 0; start < PROBES; start += CHUNK) {
      const width = runs.inputs.length;
      const chunk = x.subarray(start * width, (start + CHUNK) * width);
      const results = await session.run({ x: new ort.Tensor('float32', chunk, [CHUNK, width]) });
      const values = results.networks.data as Float32Array;
      const size = CHUNK * columns;
      for (let i = 0; i < size; i++) {
        const means = Array.from({ length: fits }, (_, f) => {
          let sum = 0;
          for (let d = 0; d < draws; d++) sum += values[(f * draws + d) * size + i];
          return sum / draws;
        });
        const mean = means.reduce((a, b) => a + b, 0) / fits;
        sums[i % columns] += means.reduce((sum, value) => sum + (value - mean) ** 2, 0) / fits;
      }
    }
  } finally {
    await session.release();
  }
  return sums.map((sum) => sum / PROBES);
}

/** Inputs whose every value comes from a run, each from a different one: distributed like the runs, but never run. */
function shuffledInputs({ inputs, count, x }: Runs, probes: number, seed: number): Float32Array {
  const random = new Random(seed);
  const width = inputs.length;
  return Float32Array.from(
    { length: probes * width },
    (_, i) => x[random.integer(count) * width + (i % width)],
  );
}
