import { availableParallelism } from 'node:os';
import type { Samples } from '../../datasets/samples.js';
import { measuredNetwork } from '../../measure/network.js';
import { networkTensors } from '../../onnx/network-tensors.js';
import { readTensorGraph } from '../../onnx/read/read-tensor-graph.js';
import { lowered, type RuntimeLevel } from '../../runtimes/index.js';
import type { Kernel } from '../../runtimes/kernel.js';
import type { Architecture, DeadOperations, SearchSpace } from '../../spaces/space.js';
import type { Spread } from '../intervals/interval-model.js';
import type { Predictor } from '../predictor.js';
import type { NetworkPrediction, SavedKernels } from './saved.js';
import type { TimedNetwork } from './timed-network.js';

/** The kernels that a runtime executes for an architecture's network with batch 1. */
async function architectureKernels(
  space: SearchSpace,
  architecture: Architecture,
  runtime: RuntimeLevel,
  deadOperations: DeadOperations = 'pruned',
): Promise<Kernel[]> {
  const graph = space.model
    ? await readTensorGraph(await space.model(architecture))
    : await networkTensors(measuredNetwork(space, architecture, { deadOperations }));
  return lowered(graph, runtime).map(({ kernel }) => kernel);
}

/** Measured architectures as networks with known totals; their family is named after the space. */
export async function timedArchitectures(
  space: SearchSpace,
  { architectures, values }: Samples,
  runtime: RuntimeLevel,
  deadOperations?: DeadOperations,
): Promise<TimedNetwork[]> {
  const timed: TimedNetwork[] = [];
  for (const [i, architecture] of architectures.entries()) {
    const kernels = await architectureKernels(space, architecture, runtime, deadOperations);
    timed.push({
      name: space.format(architecture),
      family: space.name,
      kernels,
      totalUs: 1000 * values[i],
    });
  }
  return timed;
}

/** Number of networks read at once, so that the programs that write them run in parallel. */
const AT_ONCE = 2 * availableParallelism();

/** An `unfamiliarity` for unfamiliar networks. */
const UNFAMILIAR = 2;

/**
 * A device's kernels as a predictor of a space's architectures, which are networks like any others. No
 * architecture of the space need have been measured.
 */
export class SpaceKernels implements Predictor {
  readonly spread?: Predictor['spread'];
  private readonly known = new Map<string, NetworkPrediction>();

  constructor(
    private readonly kernels: SavedKernels,
    private readonly space: SearchSpace,
  ) {
    const { interval } = kernels.card;
    if (interval) this.spread = (architectures) => this.spreadAt(interval.level, architectures);
  }

  async predict(architectures: readonly Architecture[]): Promise<Float64Array> {
    return Float64Array.from(await this.predictions(architectures), ({ latencyMs }) => latencyMs);
  }

  private async spreadAt(level: number, architectures: readonly Architecture[]): Promise<Spread> {
    const predictions = await this.predictions(architectures);
    const widths = predictions.map(({ latencyMs, interval }) =>
      interval ? Math.log(interval.highMs / latencyMs) : 0,
    );
    return {
      level,
      logLow: Float32Array.from(widths, (width) => -width),
      logHigh: Float32Array.from(widths),
      unfamiliarity: Float32Array.from(predictions, ({ familiarity }) =>
        familiarity.familiar ? 0 : UNFAMILIAR,
      ),
    };
  }

  private async predictions(architectures: readonly Architecture[]): Promise<NetworkPrediction[]> {
    const all: NetworkPrediction[] = [];
    for (let start = 0; start < architectures.length; start += AT_ONCE) {
      const some = architectures.slice(start, start + AT_ONCE);
      all.push(...(await Promise.all(some.map((architecture) => this.prediction(architecture)))));
    }
    return all;
  }

  /** Keeps each result, because a search asks for the same candidates again and again. */
  private async prediction(architecture: Architecture): Promise<NetworkPrediction> {
    const executed = this.space.prune(architecture);
    const name = this.space.format(executed);
    const known = this.known.get(name);
    if (known) return known;
    const kernels = await architectureKernels(this.space, executed, this.kernels.card);
    const prediction = this.kernels.predictKernels(kernels);
    this.known.set(name, prediction);
    return prediction;
  }
}
