import type { OperatorGraph } from '../../graph.js';
import { NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';
import { shortcut } from './resnet.js';

interface HrNetConfiguration {
  /** Channels of the finest branch; each coarser branch has twice as many. */
  readonly width: number;
  /** Bottlenecks of the first stage and their inner channels. */
  readonly first: readonly [blocks: number, width: number];
  /** Modules of stages 2, 3 and 4. */
  readonly modules: readonly number[];
  /** Basic blocks of each branch in a module. */
  readonly blocks: number;
}

const HEAD = [32, 64, 128, 256];

function hrnet({ width, first, modules, blocks }: HrNetConfiguration, imageSize: number): OperatorGraph {
  const builder = new NetworkBuilder('relu');
  let x = builder.convNormAct(builder.image(imageSize), 64, 3, { stride: 2 });
  x = builder.convNormAct(x, 64, 3, { stride: 2 });
  for (let i = 1; i <= first[0]; i++)
    x = builder.scope(`stage1.block${i}`, () => bottleneck(builder, x, first[1]));
  let branches = [x];
  for (const [stage, count] of modules.entries()) {
    branches = builder.scope(`transition${stage + 1}`, () => transition(builder, branches, width));
    for (let module = 1; module <= count; module++) {
      branches = builder.scope(`stage${stage + 2}.module${module}`, () => {
        const deepened = branches.map((branch, i) =>
          builder.scope(`branch${i + 1}`, () => basics(builder, branch, blocks)),
        );
        return fuse(builder, deepened);
      });
    }
  }
  return classify(builder, branches);
}

function bottleneck(builder: NetworkBuilder, x: string, width: number): string {
  const y = builder.convNorm(builder.convNormAct(builder.convNormAct(x, width, 1), width, 3), 4 * width, 1);
  return builder.act(builder.plus(y, shortcut(builder, x, 4 * width, 1, false)));
}

function basics(builder: NetworkBuilder, x: string, count: number): string {
  let y = x;
  for (let i = 0; i < count; i++) {
    const channels = builder.channels(y);
    y = builder.act(builder.plus(builder.convNorm(builder.convNormAct(y, channels, 3), channels, 3), y));
  }
  return y;
}

/** Adjusts the widths of the branches, and adds a branch of half the resolution. */
function transition(builder: NetworkBuilder, branches: readonly string[], width: number): string[] {
  const kept = branches.map((branch, i) => {
    const channels = width * 2 ** i;
    return builder.channels(branch) === channels ? branch : builder.convNormAct(branch, channels, 3);
  });
  const coarsest = branches[branches.length - 1];
  return [...kept, builder.convNormAct(coarsest, width * 2 ** branches.length, 3, { stride: 2 })];
}

/** Each branch becomes the sum of all branches, brought to its resolution. */
function fuse(builder: NetworkBuilder, branches: readonly string[]): string[] {
  return branches.map((target, i) => {
    const [channels, height, width] = builder.shape(target);
    const parts = branches.map((branch, j) => {
      if (j === i) return branch;
      if (j > i)
        return builder.add({ kind: 'resize', size: [height, width] }, [
          builder.convNorm(branch, channels, 1),
        ]);
      let y = branch;
      for (let k = j; k < i - 1; k++) y = builder.convNormAct(y, builder.channels(branch), 3, { stride: 2 });
      return builder.convNorm(y, channels, 3, { stride: 2 });
    });
    return builder.act(builder.plus(...parts));
  });
}

/** Widens the branches, and adds them up from the finest to the coarsest. */
function classify(builder: NetworkBuilder, branches: readonly string[]): OperatorGraph {
  let x = bottleneck(builder, branches[0], HEAD[0]);
  for (let i = 1; i < branches.length; i++) {
    const down = builder.conv(x, 4 * HEAD[i], 3, { stride: 2, bias: true });
    x = builder.plus(bottleneck(builder, branches[i], HEAD[i]), builder.act(builder.norm(down)));
  }
  const features = builder.conv(x, 2048, 1, { bias: true });
  return builder.classify(builder.act(builder.norm(features)));
}

const w = (width: number): HrNetConfiguration => ({ width, first: [4, 64], modules: [1, 4, 3], blocks: 4 });

export const hrnets = family<HrNetConfiguration>('HRNet', 'Wang et al., arXiv:1908.07919', hrnet, {
  hrnet_w18_small: { width: 16, first: [1, 32], modules: [1, 1, 1], blocks: 2 },
  hrnet_w18_small_v2: { width: 18, first: [2, 64], modules: [1, 3, 2], blocks: 2 },
  hrnet_w18: w(18),
  hrnet_w18_ssld: w(18),
  hrnet_w30: w(30),
  hrnet_w32: w(32),
  hrnet_w40: w(40),
  hrnet_w44: w(44),
  hrnet_w48: w(48),
  hrnet_w48_ssld: w(48),
  hrnet_w64: w(64),
});
