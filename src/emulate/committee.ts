import { Random } from '../base/random.js';
import {
  type EmulatorFitOptions,
  type Fitted,
  fitSuperArchitecture,
  type StandardisedRuns,
  selectSamples,
} from './fit.js';
import type { Form } from './super-architecture.js';

export interface CommitteeOptions extends EmulatorFitOptions {
  /** Number of parts of the runs. Each fit leaves one part out of its training, and ranks architectures by it. */
  readonly folds: number;
  /** Number of fits at the same time. */
  readonly parallel: number;
}

/** Fits that have each left out different runs. */
export interface Committee {
  readonly fits: readonly Fitted[];
  /** `[run, output]`: mean over the networks drawn by the one fit that has not seen the run. */
  readonly heldOutMean: Float32Array;
  /** `[run, output]`: their standard deviation. */
  readonly heldOutSpread: Float32Array;
}

export interface CommitteeHooks {
  readonly signal?: AbortSignal;
  /** @param done share of all epochs, 0 to 1 */
  onProgress?(done: number): void;
  /** Returns a fit that an earlier attempt finished, if there is one. */
  known?(fold: number): Promise<Fitted | undefined>;
  /** Called when a fit is finished. */
  onFit?(fold: number, fit: Fitted): Promise<void>;
}

/**
 * Fits a super-architecture once for each fold, to all runs outside the fold.
 *
 * @throws the signal's reason
 */
export async function fitCommittee(
  form: Form,
  samples: StandardisedRuns,
  options: CommitteeOptions,
  hooks: CommitteeHooks = {},
): Promise<Committee> {
  const { folds, parallel, seed } = options;
  const order = new Random(seed).permutation(samples.count);
  const foldOf = (fold: number) => order.filter((_, i) => i % folds === fold);
  const fits: Fitted[] = [];
  const done = new Float64Array(folds);
  let next = 0;
  const worker = async () => {
    while (next < folds) {
      const fold = next++;
      const rest = order.filter((_, i) => i % folds !== fold);
      const known = await hooks.known?.(fold);
      fits[fold] =
        known ??
        (await fitSuperArchitecture(
          form,
          selectSamples(samples, rest),
          selectSamples(samples, foldOf(fold)),
          { ...options, seed: seed * 1009 + fold },
          {
            signal: hooks.signal,
            onEpoch(epoch, epochs) {
              done[fold] = epoch / epochs;
              hooks.onProgress?.(done.reduce((a, b) => a + b, 0) / folds);
            },
          },
        ));
      done[fold] = 1;
      if (!known) await hooks.onFit?.(fold, fits[fold]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, folds) }, worker));

  const outputs = samples.y.length / samples.count;
  const heldOutMean = new Float32Array(samples.y.length);
  const heldOutSpread = new Float32Array(samples.y.length);
  for (const [fold, { heldOut, architectures }] of fits.entries()) {
    const rows = foldOf(fold);
    const { mean, std } = meanAndSpread(heldOut, architectures.length);
    for (const [i, row] of rows.entries()) {
      heldOutMean.set(mean.subarray(i * outputs, (i + 1) * outputs), row * outputs);
      heldOutSpread.set(std.subarray(i * outputs, (i + 1) * outputs), row * outputs);
    }
  }
  return { fits, heldOutMean, heldOutSpread };
}

/** Mean and standard deviation over the first axis. */
function meanAndSpread(values: Float32Array, members: number): { mean: Float32Array; std: Float32Array } {
  const size = values.length / members;
  const mean = new Float32Array(size);
  const std = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    let [sum, squares] = [0, 0];
    for (let m = 0; m < members; m++) sum += values[m * size + i];
    for (let m = 0; m < members; m++) squares += (values[m * size + i] - sum / members) ** 2;
    mean[i] = sum / members;
    std[i] = Math.sqrt(squares / members);
  }
  return { mean, std };
}
