import type { Board } from '../board/boards.js';
import { NetworkDoesNotFitError } from '../device.js';
import type { Layer, LayerShape } from '../lowering/layer.js';
import { shapeKey } from '../lowering/layer.js';

/**
 * LUTs per bit that is multiplied (XNOR) and counted in a cycle, including their share of the control: the
 * LUTs of the paper's CIFAR-10 network, about 79 % of a Virtex-7 690T, over that design's 50,305 bits. The 79
 * % are from memory; below 6.6 LUTs per bit, a design faster than the published one would fit that board.
 */
export const LUTS_PER_BIT = 6.8;
/** Share of the LUTs that can be used before routing fails; the published design takes 79 %. */
export const USABLE_LOGIC = 0.8;

/** Widths in bits that a block of 36 Kbit can have, with its depth at each. */
const BLOCK_SHAPES = [
  [72, 512],
  [36, 1024],
  [18, 2048],
  [9, 4096],
  [4, 8192],
  [2, 16384],
  [1, 32768],
] as const;

/** Hardware of one layer: how many bits of a sum, and how many output pixels, it processes at a time. */
export interface Stage {
  /** UF: number of products of one output formed per cycle. */
  readonly unfolding: number;
  /** P: number of output pixels of a row processed at the same time. */
  readonly pixels: number;
  readonly cycles: number;
  /** UF·P: bits, or multipliers if the input is not binary. */
  readonly parallel: number;
}

export interface StageUse {
  readonly dsp: number;
  readonly bram36: number;
  readonly logic: number;
}

/** One stage per layer; the slowest determines the interval. */
export interface BcnnDesign {
  readonly stages: readonly Stage[];
  readonly use: readonly StageUse[];
  readonly intervalCycles: number;
  readonly total: StageUse;
}

/** `out·R·⌈C/P⌉·⌈in·K²/UF⌉`: cycles of a layer (Li et al., arXiv:1702.06392). */
export function stageCycles(shape: LayerShape, unfolding: number, pixels: number): number {
  const terms = shape.inChannels * shape.kernelHeight * shape.kernelWidth;
  return (
    shape.outChannels * shape.outHeight * Math.ceil(shape.outWidth / pixels) * Math.ceil(terms / unfolding)
  );
}

/**
 * Chooses UF and P of every layer for the shortest interval between images that fits the board. Each stage is
 * the smallest that keeps up; among equals, the one with the most pixels, as they share the weights that are
 * read.
 *
 * @param depths of each layer: number of stages before it. Between two stages, one map is being read and one
 *   is being filled; a short cut needs one more for every stage that it bypasses
 * @throws NetworkDoesNotFitError if no design fits
 */
export function designStages(
  device: string,
  board: Board,
  layers: readonly Layer[],
  depths: readonly number[],
): BcnnDesign {
  const known = new Map<string, Stage[]>();
  const choices = layers.map(({ shape }) => {
    const key = shapeKey(shape);
    const stages = known.get(key) ?? stagesFor(shape);
    known.set(key, stages);
    return stages;
  });
  const slowest = Math.max(...choices.map((stages) => stages[0].cycles));
  const fastest = Math.max(...choices.map((stages) => stages[stages.length - 1].cycles));
  const paces = new Set(choices.flatMap((stages) => stages.map(({ cycles }) => cycles)));
  const ascending = [...paces].filter((c) => c >= fastest && c <= slowest).sort((a, b) => a - b);
  let design: BcnnDesign | undefined;
  for (const interval of ascending) {
    const stages = choices.map((options) => options.find(({ cycles }) => cycles <= interval)!);
    design = withUse(layers, stages, depths);
    if (misfit(board, design.total) === undefined) return design;
  }
  const [resource, needed, available] = misfit(board, design!.total)!;
  throw new NetworkDoesNotFitError(device, resource, needed, available);
}

/** The resources of a design. Layers that read the network's input multiply its pixels in DSP blocks. */
function withUse(layers: readonly Layer[], stages: readonly Stage[], depths: readonly number[]): BcnnDesign {
  const use = layers.map(({ shape, inputs }, i): StageUse => {
    const { parallel, unfolding } = stages[i];
    const weights =
      (shape.inChannels * shape.outChannels * shape.kernelHeight * shape.kernelWidth) / unfolding;
    const maps = inputs.reduce(
      (sum, { layer }) => sum + (1 + depths[i] - depths[layer]) * mapBlocks(layers[layer].shape, unfolding),
      0,
    );
    return {
      dsp: inputs.length === 0 ? parallel : 0,
      bram36: blocks(unfolding, Math.ceil(weights)) + maps,
      logic: inputs.length === 0 ? 0 : Math.round(parallel * LUTS_PER_BIT),
    };
  });
  const total = { dsp: 0, bram36: 0, logic: 0 };
  for (const each of use) {
    total.dsp += each.dsp;
    total.bram36 += each.bram36;
    total.logic += each.logic;
  }
  return { stages, use, total, intervalCycles: Math.max(...stages.map(({ cycles }) => cycles)) };
}

function misfit(board: Board, use: StageUse): [string, number, number] | undefined {
  const logic = Math.floor(board.logic * USABLE_LOGIC);
  if (use.dsp > board.dsp) return ['DSP blocks', use.dsp, board.dsp];
  if (use.logic > logic) return ['LUTs', use.logic, logic];
  if (use.bram36 > board.bram36) return ['blocks of 36-Kbit RAM', use.bram36, board.bram36];
  return undefined;
}

/** The useful stages, smallest and slowest first: UF divides the number of terms of the sum, P the row. */
function stagesFor(shape: LayerShape): Stage[] {
  const terms = shape.inChannels * shape.kernelHeight * shape.kernelWidth;
  const all = divisors(terms).flatMap((unfolding) =>
    divisors(shape.outWidth).map((pixels) => ({
      unfolding,
      pixels,
      cycles: stageCycles(shape, unfolding, pixels),
      parallel: unfolding * pixels,
    })),
  );
  all.sort((a, b) => a.parallel - b.parallel || a.cycles - b.cycles || b.pixels - a.pixels);
  const kept: Stage[] = [];
  for (const stage of all) {
    if (kept.length === 0 || stage.cycles < kept[kept.length - 1].cycles) kept.push(stage);
  }
  return kept;
}

function divisors(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0);
}

/** Blocks for a layer's binary output in words of the given width. */
function mapBlocks({ outChannels, outHeight, outWidth }: LayerShape, width: number): number {
  return blocks(width, Math.ceil((outChannels * outHeight * outWidth) / width));
}

/** Blocks of 36 Kbit for a memory of the given width in bits and depth in words. */
function blocks(width: number, depth: number): number {
  return Math.min(...BLOCK_SHAPES.map(([w, d]) => Math.ceil(width / w) * Math.ceil(depth / d)));
}
