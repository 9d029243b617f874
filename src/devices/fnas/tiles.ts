import type { LayerShape } from '../lowering/layer.js';

/** Data are 16-bit fixed point, for which one DSP block is one multiplier. */
export const WORD_BITS = 16;
const BRAM18_BITS = 18 * 1024;

/**
 * An engine: the hardware that processes layers of one shape, one tile task after another (FNAS, §3). A task
 * applies Tn input channels to Tm output channels in a window of Tr × Tc pixels.
 */
export interface TileEngine {
  readonly tm: number;
  readonly tn: number;
  readonly tr: number;
  readonly tc: number;
  /** `ET = K·K·Tr·Tc`: cycles of one task. */
  readonly taskCycles: number;
  /** ⌈N/Tn⌉, ⌈M/Tm⌉ and ⌈R/Tr⌉·⌈C/Tc⌉. The number of tasks of a layer is their product. */
  readonly inputTiles: number;
  readonly outputTiles: number;
  readonly pixelTiles: number;
  readonly pixelTilesPerRow: number;
  /** Cycles of a layer if it never waits. */
  readonly layerCycles: number;
  readonly dsp: number;
  readonly bram36: number;
  /** Weights read from external memory per layer: one tile per task, or all once if they form a single tile. */
  readonly weightWords: number;
}

interface ChannelTile {
  readonly tm: number;
  readonly tn: number;
  readonly steps: number;
  readonly multipliers: number;
}

/**
 * The engines that one layer shape can have. Only tile sizes that no other beats in both speed and
 * multipliers are kept.
 *
 * In a grouped convolution, Tm counts outputs of all groups and Tn inputs of each output's own group, so a
 * depth-wise convolution has Tn = 1 and Tm channels side by side.
 */
export class EngineChoices {
  /** In order of increasing speed. */
  private readonly channelTiles: ChannelTile[];
  private readonly engines = new Map<string, TileEngine>();
  private readonly windows = new Map<number, Window>();

  constructor(private readonly shape: LayerShape) {
    this.channelTiles = paretoTiles(shape.inChannels, shape.outChannels);
  }

  /** Cycles of a layer on the smallest engine. */
  get slowestCycles(): number {
    const { kernelHeight, kernelWidth, outHeight, outWidth } = this.shape;
    return kernelHeight * kernelWidth * outHeight * outWidth * this.channelTiles[0].steps;
  }

  /**
   * The engine with the fewest multipliers that processes a layer in the given cycles, in windows of at least
   * `pixels` pixels (or the whole map). The fastest engine if none is fast enough.
   */
  within(cycles: number, pixels: number): TileEngine {
    const { kernelHeight, kernelWidth } = this.shape;
    const window = this.windowOf(pixels);
    const cyclesPerStep = kernelHeight * kernelWidth * window.covered;
    const fastEnough = this.channelTiles.findIndex((tile) => tile.steps * cyclesPerStep <= cycles);
    const index = fastEnough < 0 ? this.channelTiles.length - 1 : fastEnough;
    const key = `${index},${window.tr},${window.tc}`;
    let engine = this.engines.get(key);
    if (engine === undefined) {
      engine = engineWith(this.shape, { ...this.channelTiles[index], tr: window.tr, tc: window.tc });
      this.engines.set(key, engine);
    }
    return engine;
  }

  private windowOf(pixels: number): Window {
    let window = this.windows.get(pixels);
    if (window === undefined) {
      window = windowOf(this.shape, pixels);
      this.windows.set(pixels, window);
    }
    return window;
  }
}

/** The useful tile sizes along one dimension: the smallest for each number of tiles, in ascending order. */
function tileSizes(extent: number): number[] {
  const sizes = new Set<number>();
  for (let tiles = extent; tiles >= 1; tiles--) sizes.add(Math.ceil(extent / tiles));
  return [...sizes];
}

function paretoTiles(inChannels: number, outChannels: number): ChannelTile[] {
  const inputSizes = tileSizes(inChannels);
  const all = tileSizes(outChannels).flatMap((tm) =>
    inputSizes.map((tn) => ({
      tm,
      tn,
      steps: Math.ceil(outChannels / tm) * Math.ceil(inChannels / tn),
      multipliers: tm * tn,
    })),
  );
  // Among equals, the one whose Tm and Tn differ least, because it has the smallest feature-map buffers.
  all.sort((a, b) => a.multipliers - b.multipliers || a.steps - b.steps || a.tm + a.tn - b.tm - b.tn);
  const kept: ChannelTile[] = [];
  for (const tile of all) {
    if (kept.length === 0 || tile.steps < kept[kept.length - 1].steps) kept.push(tile);
  }
  return kept;
}

interface Window {
  readonly tr: number;
  readonly tc: number;
  /** Number of pixels processed, including those of the last windows beyond the edge. */
  readonly covered: number;
}

/**
 * The window of at least `pixels` output pixels that wastes the fewest cycles; among equals, the one with the
 * fewest rows, because in raster order it lets the next layer start first.
 */
function windowOf(shape: LayerShape, pixels: number): Window {
  const { outHeight, outWidth } = shape;
  const least = Math.min(pixels, outHeight * outWidth);
  const windows = tileSizes(outHeight).flatMap((tr) => {
    const tc = tileSizes(outWidth).find((width) => tr * width >= least);
    if (tc === undefined) return [];
    return [{ tr, tc, covered: Math.ceil(outHeight / tr) * tr * Math.ceil(outWidth / tc) * tc }];
  });
  return windows.reduce((best, next) => (next.covered < best.covered ? next : best));
}

/**
 * Double buffers for input, output and weight tiles, in 36-Kbit blocks; each half is a whole number of
 * 18-Kbit blocks.
 */
function buffers36(words: readonly number[]): number {
  return words.reduce((sum, count) => sum + Math.ceil((count * WORD_BITS) / BRAM18_BITS), 0);
}

/** The engine with given tile sizes for layers of a shape. */
export function engineWith(
  shape: LayerShape,
  { tm, tn, tr, tc }: Pick<TileEngine, 'tm' | 'tn' | 'tr' | 'tc'>,
): TileEngine {
  const { outChannels, inChannels, outHeight, outWidth, kernelHeight, kernelWidth } = shape;
  const kernel = kernelHeight * kernelWidth;
  const taskCycles = kernel * tr * tc;
  const inputTiles = Math.ceil(inChannels / tn);
  const outputTiles = Math.ceil(outChannels / tm);
  const pixelTilesPerRow = Math.ceil(outWidth / tc);
  const pixelTiles = Math.ceil(outHeight / tr) * pixelTilesPerRow;
  const tasks = inputTiles * outputTiles * pixelTiles;
  const pooling = shape.kind === 'pooling';
  const weights = pooling ? 0 : tm * tn * kernel;
  const inputWords = inputChannelsHeld(shape, tm, tn) * inputPixels(shape, tr, tc);
  return {
    tm,
    tn,
    tr,
    tc,
    taskCycles,
    inputTiles,
    outputTiles,
    pixelTiles,
    pixelTilesPerRow,
    layerCycles: tasks * taskCycles,
    dsp: pooling ? 0 : tm * tn,
    bram36: buffers36([inputWords, tm * tr * tc, weights]),
    weightWords: inputTiles * outputTiles === 1 ? weights : tasks * weights,
  };
}

/** Number of input channels of one task: Tn for each group to which its Tm outputs belong. */
export function inputChannelsHeld(shape: LayerShape, tm: number, tn: number): number {
  return tn * Math.ceil(tm / (shape.outChannels / shape.groups));
}

/** Number of input pixels under a window of Tr × Tc output pixels. */
function inputPixels(shape: LayerShape, tr: number, tc: number): number {
  const { spanHeight, spanWidth, strideHeight, strideWidth } = shape;
  return ((tr - 1) * strideHeight + spanHeight) * ((tc - 1) * strideWidth + spanWidth);
}
