import { Random } from '../base/random.js';
import { onnxruntimeTarget } from '../measure/onnxruntime-target.js';
import { interquartileMean } from '../measure/statistics.js';
import type { OperatorGraph } from '../network/graph.js';
import { networkModel } from '../onnx/write/network-model.js';
import { nasbench201 as space } from '../spaces/nasbench201/space.js';
import type { Architecture } from '../spaces/space.js';

/** Runs of a network in a pass, of one image and on one thread. */
const RUNS = 50;
/** The first thousand runs of a process are a fifth slower, so few networks need more passes. */
const [LEAST_PASSES, LEAST_TIMINGS] = [2, 20];

/** Connected cells, drawn at random, none twice. */
export function sampledCells(count: number, seed: number): Architecture[] {
  const random = new Random(seed);
  const drawn = new Map<string, Architecture>();
  while (drawn.size < count) {
    const cell = space.sample(random);
    if (space.isConnected(cell)) drawn.set(space.format(cell), cell);
  }
  return [...drawn.values()];
}

/**
 * What networks take on this machine, ms, `[network]`: each is timed in two passes or more, forth and back, of
 * which the fastest counts, as another process can only make it slower.
 */
export async function localLatencies(
  networks: readonly OperatorGraph[],
  onTimed: (count: number) => void = () => {},
): Promise<Float64Array> {
  const target = onnxruntimeTarget({ provider: 'cpu', threads: 1 });
  const ms = new Float64Array(networks.length).fill(Number.POSITIVE_INFINITY);
  const forth = [...networks.keys()];
  const passes = Math.max(LEAST_PASSES, Math.ceil(LEAST_TIMINGS / networks.length));
  const order = Array.from({ length: passes }, (_, pass) =>
    pass % 2 === 0 ? forth : forth.toReversed(),
  ).flat();
  let timed = 0;
  for (const i of order) {
    const model = await target.load(networkModel(networks[i], { batch: 1, seed: 1 }));
    try {
      const { runsMs } = await model.time(RUNS);
      ms[i] = Math.min(ms[i], interquartileMean(runsMs));
    } finally {
      await model.release();
    }
    onTimed(++timed / passes);
  }
  return ms;
}
