import { mean, standardDeviation } from 'simple-statistics';
import { elements } from '../base/elements.js';
import { Random } from '../base/random.js';
import { type Engine, type EngineTask, freshState, type Inputs } from '../nn/engines/engine.js';
import { createOnnxEngine } from '../nn/engines/onnx-engine.js';
import { planFit } from '../nn/engines/plans.js';
import type { Loss } from '../nn/losses.js';
import { initialParameters, type Network, parameterCount } from '../nn/network.js';
import { biasCorrections } from '../nn/training-step.js';
import { graphEncoding } from '../predictors/encodings/encoding.js';
import { brpGcn } from '../predictors/networks/brp-gcn.js';
import type { CandidatePool } from './pool.js';

/** How an accuracy predictor learns. All options are part of a run's task. */
export interface AccuracyPredictorOptions {
  /**
   * `binary`: two numbers per network, one for being first in a comparison and one for being second, as in
   * BRP-NAS. `score`: one number per network; comparisons use the difference. `regression`: the accuracy
   * itself.
   */
  readonly relation: 'binary' | 'score' | 'regression';
  readonly hidden: number;
  readonly layers: number;
  readonly members: number;
  /** Number of steps of a fit, each over all trained networks and, for relations, over all their ordered pairs. */
  readonly steps: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly dropout: number;
  /** Unit of the targets: logits of a preference per standard deviation of the trained accuracies. */
  readonly sharpness: number;
  /** Whether a fit starts from the previous one's weights. */
  readonly warmStart: boolean;
  readonly threads: number;
}

/** One ensemble member's view of the pool: i is better than j if `first[i] + second[j] > 0`. */
export interface Comparison {
  /** Each `[candidate]`. */
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** A known value of a network: its accuracy, or a quantity for pretraining. */
export interface Sample {
  readonly candidate: number;
  readonly value: number;
}

/** Number of candidates embedded at once: few enough for the activations to stay in the cache. */
const CHUNK = 512;
const CLIP_NORM = 5;
const PRETRAINING_STEPS = 1000;
const PRETRAINING_BATCH = 64;
const READOUT_STEPS = 50;

/**
 * A GCN that learns from trained networks which of a pool's networks are better. It has an embedding per
 * network and a linear read-out, so ranking the pool embeds each network once and compares numbers. Networks
 * are seen without their dead operations, which do not affect accuracy.
 */
export class AccuracyPredictor {
  private readonly network: Network;
  private readonly poolInputs: Inputs;
  private theta: Float32Array | undefined;
  /** Parameters of all layers but the last, learned from something other than accuracy. */
  private body: Float32Array | undefined;

  /** @param proxies values known of every candidate beforehand, `[candidate]` each, in any unit */
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
    // How fast a linear layer learns from inputs depends on their size, so a proxy is made as large as an
    // embedding.
    const loud = (proxy: Float64Array) => standardised(proxy).map((z) => z * Math.sqrt(options.hidden));
    if (proxies.length > 0) this.poolInputs.extras = sideBySide(proxies.map(loud));
  }

  /**
   * Learns an initial body from another quantity of the same networks, for example their log latency on a
   * device. The first fit starts from it (transfer, arXiv:2007.08668, section 4.3).
   */
  async pretrain(samples: readonly Sample[]): Promise<void> {
    const { space } = this.pool;
    const network = brpGcn(space.graph, { ...this.options, extras: this.extras });
    const task = this.taskOf(network, samples, 'mse', Math.min(PRETRAINING_BATCH, samples.length));
    const state = freshState(network, initialParameters(network, this.seed));
    const engine = await createOnnxEngine(task);
    try {
      await engine.epoch(state, planFit(task, this.options, PRETRAINING_STEPS, new Random(this.seed)));
      this.body = state.theta.slice(0, bodySize(network));
    } finally {
      await engine.release();
    }
  }

  /**
   * Fits to the trained networks, and compares the whole pool.
   *
   * @param round seeds the fit, together with the predictor's own seed
   * @returns one comparison per member
   */
  async fit(trained: readonly Sample[], round: number): Promise<Comparison[]> {
    const { options, network } = this;
    const task =
      options.relation === 'regression'
        ? this.taskOf(network, trained, 'mse', trained.length)
        : this.taskOf(network, trained, 'pairwise', trained.length, options.sharpness);
    const seed = this.seed * 1009 + round;
    const random = new Random(seed);
    const isFirst = !(options.warmStart && this.theta);
    const theta = isFirst ? initialParameters(network, seed) : this.theta!;
    if (isFirst && this.body) theta.set(this.body);
    const engine = await createOnnxEngine(task);
    try {
      if (isFirst && this.body) await this.warmUpReadout(engine, task, theta, random);
      const state = freshState(network, theta);
      await engine.epoch(state, planFit(task, options, options.steps, random));
      this.theta = state.theta;
      return await this.compare(engine, state.theta);
    } finally {
      await engine.release();
    }
  }

  private get extras(): number {
    return this.poolInputs.extras ? this.poolInputs.extras.length / this.pool.size : 0;
  }

  /** A fitting task on some of the pool's networks. Values are standardised, and in units of 1 / `sharpness`. */
  private taskOf(
    network: Network,
    samples: readonly Sample[],
    loss: Loss,
    batchSize: number,
    sharpness = 1,
  ): EngineTask {
    const { weightDecay, dropout, threads } = this.options;
    const values = standardised(Float64Array.from(samples, ({ value }) => value));
    return {
      network,
      inputs: rowsOf(
        network,
        this.poolInputs,
        samples.map(({ candidate }) => candidate),
      ),
      target: Float32Array.from(values, (value) => value * sharpness),
      batchSize,
      threads,
      options: { loss, weightDecay, clipNorm: CLIP_NORM, dropout },
    };
  }

  /** Trains only the last layer, so that a fresh one does not spoil the body that it reads. */
  private async warmUpReadout(
    engine: Engine,
    task: EngineTask,
    theta: Float32Array,
    random: Random,
  ): Promise<void> {
    const { network } = task;
    const state = freshState(network, theta);
    const body = theta.slice(0, bodySize(network));
    for (let step = 0; step < READOUT_STEPS; step++) {
      const plan = planFit(task, this.options, 1, random);
      plan.rates.set([this.options.learningRate, ...biasCorrections(step + 1)]);
      await engine.epoch(state, plan);
      state.theta.set(body);
    }
    theta.set(state.theta);
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

/** Zero mean and unit variance. */
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

/** Number of parameters, of all members, before the last layer, which comes last. */
function bodySize(network: Network): number {
  const readout = network.parameters.filter(({ name }) => name.startsWith('readout.'));
  const numbers = readout.map(({ shape }) => elements(shape));
  return parameterCount(network) - network.members * numbers.reduce((sum, size) => sum + size, 0);
}

/** The given rows of each input. */
function rowsOf(network: Network, inputs: Inputs, rows: readonly number[]): Inputs {
  return Object.fromEntries(
    network.inputs.map(({ name, shape }) => {
      const size = elements(shape);
      const values = new Float32Array(rows.length * size);
      rows.forEach((row, i) => {
        values.set(inputs[name].subarray(row * size, (row + 1) * size), i * size);
      });
      return [name, values];
    }),
  );
}
