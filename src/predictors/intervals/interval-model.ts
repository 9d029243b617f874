import * as ort from '../../base/onnxruntime.js';
import type { ModelSession, OpenSession } from '../../onnx/run/model-session.js';
import type { Architecture, DeadOperations, SearchSpace } from '../../spaces/space.js';
import { type Encoding, slotsEncoding } from '../encodings/encoding.js';
import { feedsOf } from '../encodings/feeds.js';
import { outputOf } from '../saved/checked-model.js';

/** How far to trust predictions; one entry per architecture. */
export interface Spread {
  /** Share of new measurements that intervals contain. */
  readonly level: number;
  /** The interval reaches from value·exp(logLow), at most the value, … */
  readonly logLow: Float32Array;
  /** … to value·exp(logHigh), at least the value. */
  readonly logHigh: Float32Array;
  /** Distance from the architectures that were measured; above 1 an architecture is unlike them. */
  readonly unfamiliarity: Float32Array;
}

/** Architectures that go through the model at once. */
const CHUNK = 2048;

export interface IntervalModelOptions {
  /** How the model sees architectures; as the choices made by default. */
  readonly encoding?: Encoding;
  /** In this process by default. */
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

/** A prediction with what its measurement should lie between. */
export interface Interval {
  /** In the unit of the prediction. */
  readonly low: number;
  readonly high: number;
  readonly level: number;
  /** Whether the architecture is unlike those that were measured: its interval is a guess. */
  readonly unfamiliar: boolean;
}

/** The interval of one of the predictions that a spread was asked for. */
export function intervalAt(spread: Spread, i: number, value: number): Interval {
  const { level, logLow, logHigh, unfamiliarity } = spread;
  return {
    low: value * Math.exp(logLow[i]),
    high: value * Math.exp(logHigh[i]),
    level,
    unfamiliar: unfamiliarity[i] > 1,
  };
}
