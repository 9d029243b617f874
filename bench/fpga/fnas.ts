import { max, mean, quantile } from 'simple-statistics';
import { plainTable } from '../../cli/table.js';
import { Random } from '../../src/base/random.js';
import { BOARDS } from '../../src/devices/board/boards.js';
import { analyze } from '../../src/devices/fnas/analyzer.js';
import { countLayers, type Design, DesignSpace } from '../../src/devices/fnas/design.js';
import { type SimulationOptions, simulate } from '../../src/devices/fnas/simulator.js';
import type { TileEngine } from '../../src/devices/fnas/tiles.js';
import { loweredLayers } from '../../src/devices/lowering/graph-layers.js';
import type { Layer } from '../../src/devices/lowering/layer.js';
import { shapeKey } from '../../src/devices/lowering/layer.js';
import type { OperatorGraph } from '../../src/network/graph.js';
import { convolutionChain } from '../../src/network/zoo/convolution-chain.js';

const NETWORKS = 200;
/** A larger task graph takes the simulator many seconds. */
const MOST_TASKS = 20_000;
/** Networks of which every scheduling policy is simulated. */
const POLICIES = 40;

interface Pipeline {
  readonly layers: Layer[];
  readonly engines: TileEngine[];
  readonly shared: boolean;
}

/** FNAS: the closed form beside the simulator, over random networks of the paper's two spaces. */
export function fnasBench(): void {
  const pipelines = randomPipelines();
  const { gaps, exceeds, stallFree, equal, tasks, simulatorMs } = besideSimulator(pipelines);
  const policies = otherPolicies(pipelines.slice(0, POLICIES));
  const analyzerMs = analyzerTime(pipelines);
  const table = plainTable(['FNAS, closed form and simulator', '']);
  const shown = (x: number) => `${x.toFixed(2)} %`;
  table.push(
    ['networks, tasks in all', `${pipelines.length}, ${tasks.toLocaleString('en')}`],
    ['closed form exceeds the simulator', `${exceeds} times`],
    ['no engine stalls; equal then', `${stallFree}; ${equal}`],
    ['simulator over closed form, mean', shown(mean(gaps))],
    [
      'median, 95th percentile, greatest',
      [quantile(gaps, 0.5), quantile(gaps, 0.95), max(gaps)].map(shown).join(', '),
    ],
    [
      `all layers in output reuse (${POLICIES} networks)`,
      `${shown(mean(policies.output))} slower than alternating`,
    ],
    ['all layers in input reuse', `${shown(mean(policies.input))} slower than alternating`],
    [
      'stalled engines take any ready task',
      `${shown(-mean(policies.reordered))} faster; below the closed form ${policies.beaten} times`,
    ],
    ['simulator, a network', `${(simulatorMs / pipelines.length).toFixed(1)} ms`],
    ['closed form, a network', `${((1000 * analyzerMs) / pipelines.length).toFixed(1)} µs`],
    [
      'closed form is faster by (published target 1,000×)',
      `${Math.round(simulatorMs / analyzerMs).toLocaleString('en')}×`,
    ],
  );
  console.log(table.toString());
}

/** How far the simulator is above the closed form, in percent, and how often it is not. */
function besideSimulator(pipelines: readonly Pipeline[]) {
  const gaps: number[] = [];
  let [exceeds, stallFree, equal, tasks, simulatorMs] = [0, 0, 0, 0, 0];
  for (const { layers, engines, shared } of pipelines) {
    const bound = analyze(layers, engines, shared)!.latencyCycles;
    const started = performance.now();
    const run = simulate(layers, engines, { shared });
    simulatorMs += performance.now() - started;
    tasks += run.tasks;
    gaps.push(100 * (run.latencyCycles / bound - 1));
    if (bound > run.latencyCycles) exceeds++;
    if (run.stalled.every((cycles) => cycles === 0)) {
      stallFree++;
      if (run.latencyCycles === bound) equal++;
    }
  }
  return { gaps, exceeds, stallFree, equal, tasks, simulatorMs };
}

/** Times of other scheduling policies relative to the one of the paper, in percent. */
function otherPolicies(pipelines: readonly Pipeline[]) {
  const [reordered, output, input]: number[][] = [[], [], []];
  let beaten = 0;
  for (const { layers, engines, shared } of pipelines) {
    const { latencyCycles } = simulate(layers, engines, { shared });
    const cyclesWith = (options: Omit<SimulationOptions, 'shared'>) =>
      simulate(layers, engines, { shared, ...options }).latencyCycles;
    const free = cyclesWith({ reorder: true });
    if (free < analyze(layers, engines, shared)!.latencyCycles) beaten++;
    reordered.push(100 * (free / latencyCycles - 1));
    output.push(100 * (cyclesWith({ reuse: layers.map(() => 'output') }) / latencyCycles - 1));
    input.push(100 * (cyclesWith({ reuse: layers.map(() => 'input') }) / latencyCycles - 1));
  }
  return { reordered, output, input, beaten };
}

/** Time of the closed form for all pipelines once, the code being warm. */
function analyzerTime(pipelines: readonly Pipeline[]): number {
  const times: number[] = [];
  for (let round = 0; round < 50; round++) {
    const started = performance.now();
    for (const { layers, engines, shared } of pipelines) analyze(layers, engines, shared);
    times.push(performance.now() - started);
  }
  return quantile(times.slice(10), 0.5);
}

/** Each network on the fastest of its designs that the simulator can follow. */
function randomPipelines(): Pipeline[] {
  const random = new Random(1);
  const pick = <T>(choices: readonly T[]) => choices[random.integer(choices.length)];
  const found: Pipeline[] = [];
  const spaces = new Map(BOARDS.map((board) => [board.id, new DesignSpace(board.id, board)]));
  while (found.length < NETWORKS) {
    const mnist = found.length % 2 === 0;
    const network: OperatorGraph = mnist
      ? convolutionChain(
          [1, 28, 28],
          Array.from({ length: 4 }, () => ({ filters: pick([9, 18, 36]), kernel: pick([5, 7]) })),
        )
      : convolutionChain(
          [3, 32, 32],
          Array.from({ length: 4 + random.integer(7) }, () => ({
            filters: pick([24, 36, 48, 64]),
            kernel: pick([1, 3, 5, 7]),
            stride: pick([1, 1, 1, 2]),
          })).map((layer) => ({ ...layer, stride: layer.kernel === 1 ? 1 : layer.stride })),
        );
    const layers = loweredLayers(network);
    const keys = layers.map(({ shape }) => shapeKey(shape));
    const enginesOf = ({ engines }: Design) => keys.map((key) => engines.get(key)!);
    const space = spaces.get(mnist ? 'pynq_z1' : 'zcu102')!;
    let best: (Pipeline & { cycles: number }) | undefined;
    for (const design of space.designs(countLayers(layers, keys))) {
      const engines = enginesOf(design);
      if (engines.reduce((sum, e) => sum + e.inputTiles * e.outputTiles * e.pixelTiles, 0) > MOST_TASKS)
        continue;
      const timing = analyze(layers, engines, design.shared, best?.cycles);
      if (timing) best = { layers, engines, shared: design.shared, cycles: timing.latencyCycles };
    }
    if (best) found.push(best);
  }
  return found;
}
