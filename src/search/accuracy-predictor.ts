import { mean, standardDeviation } from 'simple-statistics';
import { type Engine, type EngineTask, type EpochPlan, type Inputs, NOISE_ROWS } from '../nn/engine.js';
import { initialParameters, type Network, parameterCount } from '../nn/network.js';
import { createOnnxEngine } from '../nn/onnx-engine.js';
import { biasCorrections } from '../nn/training-step.js';
import { brpGcn } from '../predictors/brp-gcn.js';
import { graphEncoding } from '../predictors/encoding.js';
import { Random } from '../random.js';
import type { CandidatePool } from './pool.js';

/** How an accuracy predictor learns; all of it is part of a run's task. */
export interface AccuracyPredictorOptions {
  /**
   * `binary`: two numbers per network, one for standing first in a comparison and one for standing second, as
   * BRP-NAS has it. `score`: one number per network, compared by their difference. `regression`: the accuracy.
   */
  readonly relation: 'binary' | 'score' | 'regression';
  readonly hidden: number;
  readonly layers: number;
  readonly members: number;
  /** Steps of a fit, each over all trained networks and, for relations, all their ordered pairs. */
  readonly steps: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly dropout: number;
  /** Unit of the targets: logits of a preference per standard deviation of the trained accuracies. */
  readonly sharpness: number;
  /** Whether a fit starts from the weights of the last one. */
  readonly warmStart: boolean;
  readonly threads: number;
}

/** How one member of the ensemble sees the pool: i is better than j if `first[i] + second[j] > 0`. */
export interface Comparison {
  /** `[candidate]` each. */
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** A network whose accuracy is known. */
export interface Trained {
  readonly candidate: number;
  readonly accuracy: number;
}

/** Candidates embedded at once: few enough for the activations to stay in the cache. */
const CHUNK = 512;
const WARMUP_STEPS = 10;
const CLIP_NORM = 5;

/**
 * A GCN that learns which of a pool's networks are better from those that were trained: an embedding per network
 * and a linear read-out, so that ranking the pool embeds each network once and compares numbers. Networks are
 * seen without their dead operations, which do not bear on accuracy.
 */
export class AccuracyPredictor {
  private readonly network: Network;
  private readonly poolInputs: Inputs;
  private theta: Float32Array | undefined;

  /** @param proxies what is known of every candidate beforehand, `[candidate]` each, in any unit */
  constructor(
    private readonly pool: CandidatePool,
    private readonly options: AccuracyPredictorOptions,
    private readonly seed: number,
    proxies: readonly Float64Array[] = [],
  ) {
    const outputs = options.relation === 'binary' ? 2 : 1;
    const { space, architectures } = pool;
    this.network = brpGcn(space.graph, { ...options, outputs, extras: proxies.length });
    this.poolInputs = graphEncoding.encode(
      space,
      architectures.map((architecture) => space.prune(architecture)),
    );
    if (proxies.length > 0) this.poolInputs.extras = sideBySide(proxies.map(standardised));
  }

  /**
   * Fits to what has been trained, and compares the whole pool.
   *
   * @param round seeds the fit together with the predictor's own seed
   * @returns one comparison per member
   */
  async fit(trained: readonly Trained[], round: number): Promise<Comparison[]> {
    const { options, network } = this;
    const accuracy = Float64Array.from(trained, (t) => t.accuracy);
    const unit = options.relation === 'regression' ? 1 : options.sharpness;
    const task: EngineTask = {
      network,
      inputs: rowsOf(
        network,
        this.poolInputs,
        trained.map((t) => t.candidate),
      ),
      target: Float32Array.from(standardised(accuracy), (z) => z * unit),
      batchSize: trained.length,
      threads: options.threads,
      options: {
        loss: options.relation === 'regression' ? 'mse' : 'pairwise',
        weightDecay: options.weightDecay,
        clipNorm: CLIP_NORM,
        dropout: options.dropout,
      },
    };
    const fitSeed = this.seed * 1009 + round;
    const theta = (options.warmStart && this.theta) || initialParameters(network, fitSeed);
    const zeros = () => new Float32Array(parameterCount(network));
    const state = { theta, first: zeros(), second: zeros(), steps: 0 };
    const engine = await createOnnxEngine(task);
    try {
      await engine.epoch(state, fullBatchPlan(task, options, new Random(fitSeed)));
      this.theta = state.theta;
      return await this.compare(engine, state.theta);
    } finally {
      await engine.release();
    }
  }

  private async compare(engine: Engine, theta: Float32Array): Promise<Comparison[]> {
    const { network, pool } = this;
    const comparisons = Array.from({ length: network.members }, () => ({
      first: new Float64Array(pool.size),
      second: new Float64Array(pool.size),
    }));
    const outputs = this.options.relation === 'binary' ? 2 : 1;
    for (let start = 0; start < pool.size; start += CHUNK) {
      const rows = Math.min(CHUNK, pool.size - start);
      const chunk = rowsOf(network, this.poolInputs, range(start, rows));
      const values = await engine.predict(theta, chunk, rows);
      comparisons.forEach(({ first, second }, member) => {
        for (let i = 0; i < rows; i++) {
          const at = (member * rows + i) * outputs;
          first[start + i] = values[at];
          second[start + i] = outputs === 2 ? values[at + 1] : -values[at];
        }
      });
    }
    return comparisons;
  }
}

/** All steps of a fit as one plan: every step sees every sample, the rate warms up and falls as a cosine. */
function fullBatchPlan(
  { network, target }: EngineTask,
  { steps, learningRate, dropout }: AccuracyPredictorOptions,
  random: Random,
): EpochPlan {
  const batchSize = target.length;
  const order = Int32Array.from({ length: steps * batchSize }, (_, i) => i % batchSize);
  const weights = new Float32Array(steps * batchSize).fill(1 / batchSize);
  const rates = new Float32Array(steps * 3);
  for (let step = 0; step < steps; step++) {
    const warm = Math.min(1, (step + 1) / WARMUP_STEPS);
    const rate = learningRate * warm * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
    rates.set([rate, ...biasCorrections(step + 1)], step * 3);
  }
  if (dropout === 0) return { steps, batchSize, order, weights, rates };
  const { draws, rows } = network.dropoutNoise;
  const noiseRows = new Int32Array(steps * draws * network.members * batchSize * rows);
  for (let i = 0; i < noiseRows.length; i++) noiseRows[i] = random.integer(NOISE_ROWS);
  return { steps, batchSize, order, weights, rates, noiseRows };
}

/** Some rows of each input. */
function rowsOf(network: Network, inputs: Inputs, rows: readonly number[]): Inputs {
  return Object.fromEntries(
    network.inputs.map(({ name, shape }) => {
      const size = shape.reduce((product, dimension) => product * dimension, 1);
      const values = new Float32Array(rows.length * size);
      rows.forEach((row, i) => {
        values.set(inputs[name].subarray(row * size, (row + 1) * size), i * size);
      });
      return [name, values];
    }),
  );
}

/** Zero mean, unit variance. */
function standardised(values: Float64Array): Float64Array {
  const [centre, spread] = [mean([...values]), standardDeviation([...values]) || 1];
  return values.map((value) => (value - centre) / spread);
}

function sideBySide(columns: readonly Float64Array[]): Float32Array {
  const width = columns.length;
  return Float32Array.from(
    { length: width * columns[0].length },
    (_, i) => columns[i % width][Math.floor(i / width)],
  );
}

function range(start: number, length: number): number[] {
  return Array.from({ length }, (_, i) => start + i);
}
