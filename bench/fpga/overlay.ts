import { plainTable } from '../../cli/table.js';
import { BOARDS } from '../../src/devices/board/boards.js';
import { arraysFor, type OverlayArray } from '../../src/devices/overlay/array.js';
import { OverlayDevice } from '../../src/devices/overlay/overlay.js';
import { ALL_OPTIMISATIONS, type OverlayOptions } from '../../src/devices/overlay/schedule.js';
import type { OperatorGraph } from '../../src/network/graph.js';
import { googlenet } from '../../src/network/zoo/families/googlenet.js';
import { lstm } from '../../src/network/zoo/families/lstm.js';
import { publishedNetwork } from '../../src/network/zoo/index.js';

const NAMES = Object.keys(ALL_OPTIMISATIONS) as (keyof OverlayOptions)[];
const NONE = Object.fromEntries(NAMES.map((name) => [name, false])) as unknown as OverlayOptions;

/** The DLA overlay on an Arria 10 1150: the published figures, and what each optimisation gains. */
export function overlayBench(): void {
  const board = BOARDS.find(({ id }) => id === 'arria10_1150')!;
  const ms = (graph: OperatorGraph, options = ALL_OPTIMISATIONS, array?: OverlayArray) =>
    new OverlayDevice(board, options, array).latency(graph).latencyMs;
  const arrays = arraysFor(board);
  const tailored = (graph: OperatorGraph) =>
    arrays.reduce((best, next) => (ms(graph, undefined, next) < ms(graph, undefined, best) ? next : best));
  const networks: [name: string, graph: OperatorGraph, published: string][] = [
    ['GoogLeNet', googlenet(), '900 frames/s'],
    ['ResNet-101', publishedNetwork('resnet101'), '3×'],
    ['ResNet-101, 1024×1024', publishedNetwork('resnet101', 1024), ''],
    ['LSTM 256, 16 steps', lstm({ inputs: 256, hidden: 256, steps: 16 }), '12×'],
    ['LSTM 512, 16 steps', lstm({ inputs: 512, hidden: 512, steps: 16 }), '12×'],
    ['LSTM 1024, 16 steps', lstm({ inputs: 1024, hidden: 1024, steps: 16 }), '12×'],
  ];
  const head = [
    'overlay, Arria 10 1150',
    'ms',
    'per second',
    'tailored array',
    'per second',
    'gain over none',
    'published',
  ];
  const table = plainTable(head);
  const gains = plainTable(['slower without', ...NAMES]);
  for (const [name, graph, published] of networks) {
    const best = ms(graph);
    const array = tailored(graph);
    table.push([
      name,
      best.toFixed(3),
      (1000 / best).toFixed(0),
      `C ${array.cVec}, K ${array.kVec}, P ${array.pVec}`,
      (1000 / ms(graph, undefined, array)).toFixed(0),
      `${(ms(graph, NONE) / best).toFixed(1)}×`,
      published,
    ]);
    const without = NAMES.map((option) => ms(graph, { ...ALL_OPTIMISATIONS, [option]: false }) / best - 1);
    gains.push([name, ...without.map((gain) => (gain < 0.0005 ? '-' : `${(100 * gain).toFixed(1)} %`))]);
  }
  console.log(table.toString());
  console.log(gains.toString());
}
