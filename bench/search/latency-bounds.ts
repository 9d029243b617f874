import { join } from 'node:path';
import { loadSamples } from '../../src/datasets/load.js';
import { connectedOnly } from '../../src/datasets/samples.js';
import { CALIBRATION_SAMPLES, cut, runTrial } from '../../src/predictors/evaluation.js';
import { LEVEL } from '../../src/predictors/intervals/interval.js';
import { IntervalModel } from '../../src/predictors/intervals/interval-model.js';
import { keep, readKept } from '../../src/predictors/intervals/kept-file.js';
import { limitLog } from '../../src/predictors/intervals/within-limit.js';
import { predictorNamed } from '../../src/predictors/registry.js';
import { OnnxPredictor } from '../../src/predictors/saved/saved.js';
import { DEFAULT_CONFIDENCE } from '../../src/search/latency-source.js';
import type { CandidatePool } from '../../src/search/pool.js';
import type { DeadOperations } from '../../src/spaces/space.js';

/** A column of a latency CSV. */
export interface PredictedDevice {
  /** In the folder of shared data. */
  readonly file: string;
  readonly device: string;
  readonly deadOperations: DeadOperations;
}

/** `[candidate]`, ms; the upper end at the default confidence. */
type Bounds = { readonly latencyMs: Float64Array; readonly upperMs: Float64Array };

/**
 * Candidates' latencies by predictors of 900 measurements, validated on 100, as a search has them by the command line
 * or from a service, where predictions also stand for the networks that were measured. Each takes a minute to train and
 * serves many runs.
 */
export class PredictedLatency {
  private readonly made = new Map<string, Bounds>();

  /** @param folder where they are kept for other processes */
  constructor(
    private readonly pool: CandidatePool,
    private readonly shared: string,
    private readonly folder: string | undefined,
  ) {}

  /** By the predictor of the seed. */
  async of(device: PredictedDevice, seed: number): Promise<Bounds> {
    const key = `limits ${device.device} ${seed} ${DEFAULT_CONFIDENCE}`;
    const file = this.folder && join(this.folder, `${key.replaceAll(' ', '-')}.bounds`);
    let bounds = this.made.get(key) ?? (file ? await readKept<Bounds>(file, key) : undefined);
    if (!bounds) {
      bounds = await this.predict(device, seed);
      if (file) await keep(file, key, bounds);
    }
    this.made.set(key, bounds);
    return bounds;
  }

  private async predict({ file, device, deadOperations }: PredictedDevice, seed: number): Promise<Bounds> {
    const { space, architectures } = this.pool;
    const samples = connectedOnly(space, await loadSamples(join(this.shared, file), { space, device }));
    const split = cut(space, samples, { kind: 'random', train: 900, valid: 100, seed });
    const kind = predictorNamed('gcn');
    const calibration = { samples: CALIBRATION_SAMPLES, kind: 'random' } as const;
    const options = { threads: 1 };
    const trial = await runTrial({ kind, space, deadOperations, split, seed, options, calibration });
    const predictor = await OnnxPredictor.create(trial.model.onnx, kind, space, deadOperations, {
      threads: 1,
    });
    const latencyMs = await predictor.predict(architectures);
    await predictor.release();
    const interval = trial.interval!;
    const intervals = await IntervalModel.create(interval.onnx, space, deadOperations, LEVEL);
    const spread = await intervals.spread(architectures);
    await intervals.release();
    const wanted = { probability: DEFAULT_CONFIDENCE, better: 'less' } as const;
    const upperMs = latencyMs.map((ms, i) => ms * Math.exp(limitLog(spread, i, interval, wanted)));
    return { latencyMs, upperMs };
  }
}
