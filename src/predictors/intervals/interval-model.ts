import * as ort from '../../base/onnxruntime.js';
import type { ModelSession, OpenSession } from '../../onnx/run/model-session.js';
import type { Architecture, DeadOperations, SearchSpace } from '../../spaces/space.js';
import { type Encoding, slotsEncoding } from '../encodings/encoding.js';
import { feedsOf } from '../encodings/feeds.js';
import { outputOf } from '../saved/checked-model.js';

/** How far to trust predictions, with one entry per architecture. */
export interface Spread {
  /** Share of new measurements that the intervals contain. */
  readonly level: number;
  /** Lower end of the interval as ln(low / value), at most 0. */
  readonly logLow: Float32Array;
  /** Upper end of the interval as ln(high / value), at least 0. */
  readonly logHigh: Float32Array;
  /** Distance from the measured architectures; an architecture above 1 is unlike them. */
  readonly unfamiliarity: Float32Array;
}

/** Number of architectures that go through the model at once. */
const CHUNK = 2048;

export interface IntervalModelOptions {
  /** How the model sees architectures; by default as one-hot choices. */
  readonly encoding?: Encoding;
  /** By default the model runs in this process. */
  readonly openSession?: OpenSession;
}

/** Runs an `interval.onnx`. */
export class IntervalModel {
  private constructor(
    private readonly session: ModelSession,
    private readonly space: SearchSpace,
    private readonly deadOperations: DeadOperations,
    private readonly level: number,
    private readonly encoding: Encoding,
  ) {}

  static async create(
    onnx: Uint8Array,
    space: SearchSpace,
    deadOperations: DeadOperations,
    level: number,
    { encoding = slotsEncoding, openSession = ort.openSession }: IntervalModelOptions = {},
  ): Promise<IntervalModel> {
    return new IntervalModel(await openSession(onnx, 1), space, deadOperations, level, encoding);
  }

  async spread(architectures: readonly Architecture[]): Promise<Spread> {
    const { space, deadOperations, level, encoding } = this;
    const logLow = new Float32Array(architectures.length);
    const logHigh = new Float32Array(architectures.length);
    const unfamiliarity = new Float32Array(architectures.length);
    for (let start = 0; start < architectures.length; start += CHUNK) {
      const chunk = architectures.slice(start, start + CHUNK);
      const results = await this.session.run(feedsOf(encoding, space, deadOperations, chunk));
      logLow.set(outputOf(results, 'log_low', chunk.length), start);
      logHigh.set(outputOf(results, 'log_high', chunk.length), start);
      unfamiliarity.set(outputOf(results, 'unfamiliarity', chunk.length), start);
    }
    return { level, logLow, logHigh, unfamiliarity };
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

/** The range in which the measurement of a prediction should lie. */
export interface Interval {
  /** In the unit of the prediction. */
  readonly low: number;
  readonly high: number;
  readonly level: number;
  /** Whether the architecture is unlike the measured ones, so that the interval is a guess. */
  readonly unfamiliar: boolean;
}

/**
 * The interval of one of the predictions that a spread was computed for.
 *
 * @param i position among these predictions
 * @param value the prediction
 */
export function intervalAt(spread: Spread, i: number, value: number): Interval {
  const { level, logLow, logHigh, unfamiliarity } = spread;
  return {
    low: value * Math.exp(logLow[i]),
    high: value * Math.exp(logHigh[i]),
    level,
    unfamiliar: unfamiliarity[i] > 1,
  };
}
