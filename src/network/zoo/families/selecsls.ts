import type { OperatorGraph } from '../../graph.js';
import { NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';

type Block = readonly [width: number, channels: number, isFirst?: boolean];
type Step = readonly [channels: number, kernel: number, stride: number];

interface SelecSlsConfiguration {
  readonly blocks: readonly Block[];
  readonly head: readonly Step[];
}

function selecsls({ blocks, head }: SelecSlsConfiguration, imageSize: number): OperatorGraph {
  const builder = new NetworkBuilder('relu');
  let x = builder.convNormAct(builder.image(imageSize), 32, 3, { stride: 2 });
  let skip = x;
  for (const [i, [width, channels, isFirst = false]] of blocks.entries()) {
    x = builder.scope(`block${i + 1}`, () => {
      const first = builder.convNormAct(x, width, 3, { stride: isFirst ? 2 : 1 });
      const half = width / 2;
      const second = builder.convNormAct(builder.convNormAct(first, width, 1), half, 3);
      const third = builder.convNormAct(builder.convNormAct(second, width, 1), half, 3);
      const joined = builder.concat(isFirst ? [first, second, third] : [first, second, third, skip]);
      return builder.convNormAct(joined, channels, 1);
    });
    if (isFirst) skip = x;
  }
  for (const [channels, kernel, stride] of head) x = builder.convNormAct(x, channels, kernel, { stride });
  return builder.classify(x);
}

const B42: readonly Block[] = [
  [64, 64, true],
  [64, 128],
  [144, 144, true],
  [144, 288],
  [304, 304, true],
  [304, 480],
];
const B60: readonly Block[] = [
  [64, 64, true],
  [64, 128],
  [128, 128, true],
  [128, 128],
  [128, 288],
  [288, 288, true],
  [288, 288],
  [288, 288],
  [288, 416],
];
const B84: readonly Block[] = [
  [64, 64, true],
  [64, 144],
  [144, 144, true],
  [144, 144],
  [144, 144],
  [144, 144],
  [144, 304],
  [304, 304, true],
  [304, 304],
  [304, 304],
  [304, 304],
  [304, 304],
  [304, 512],
];
const head = (first: number, third: number, fourth: number, kernel = 1): readonly Step[] => [
  [first, 3, 2],
  [1024, 3, 1],
  [third, 3, 2],
  [fourth, kernel, 1],
];

export const selecSlsNets = family<SelecSlsConfiguration>(
  'SelecSLS',
  'Mehta et al., arXiv:1907.00837',
  selecsls,
  {
    selecsls42: { blocks: B42, head: head(960, 1024, 1280) },
    selecsls42b: { blocks: B42, head: head(960, 1280, 1024) },
    selecsls60: { blocks: B60, head: head(756, 1024, 1280) },
    selecsls60b: { blocks: B60, head: head(756, 1280, 1024) },
    selecsls84: { blocks: B84, head: head(960, 1024, 1280, 3) },
  },
);
