import type { Board } from '../board/boards.js';
import { NetworkDoesNotFitError } from '../device.js';
import { type Layer, type LayerShape, operations } from '../lowering/layer.js';
import { EngineChoices, type TileEngine, WORD_BITS } from './tiles.js';

/** The number of layers of each shape in a network: a design depends on nothing else. */
export type LayerCounts = ReadonlyMap<string, { readonly shape: LayerShape; readonly layers: number }>;

/** Engines for a whole network that fit on a board together. */
export interface Design {
  /** Whether all layers of a shape share one engine; otherwise each layer has its own. */
  readonly shared: boolean;
  /** Engines by shape key. */
  readonly engines: ReadonlyMap<string, TileEngine>;
  /** Cycles per inference for which the busiest engine works. */
  readonly engineCycles: number;
  /** Cycles per inference in which external memory delivers the weights. */
  readonly memoryCycles: number;
  readonly dsp: number;
  readonly bram36: number;
}

/** Number of cycle limits per factor of two that are tried for the engines. */
const STEPS_PER_OCTAVE = 8;
/** Window sizes to try, in pixels, in ascending order: small windows let the next layer start early. */
const WINDOW_PIXELS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384];

/** Counts layers by the key of their shape. */
export function countLayers(layers: readonly Layer[], keys: readonly string[]): LayerCounts {
  const counts = new Map<string, { shape: LayerShape; layers: number }>();
  for (const [i, { shape }] of layers.entries()) {
    const entry = counts.get(keys[i]);
    if (entry === undefined) counts.set(keys[i], { shape, layers: 1 });
    else entry.layers++;
  }
  return counts;
}

/**
 * FNAS-Design: engines for a network on one board (FNAS, §3.2). Every engine is allowed the same number of
 * cycles per inference and uses the fewest multipliers that achieve it, or as many as it can use. This
 * divides the board in proportion to MACs and balances the pipeline at once. All cycle limits on a fixed
 * logarithmic grid are tried. A larger board admits every design of a smaller one, so it is never slower.
 */
export class DesignSpace {
  private readonly choices = new Map<string, EngineChoices>();
  private readonly wordsPerCycle: number;

  constructor(
    private readonly device: string,
    private readonly board: Board,
  ) {
    this.wordsPerCycle = (board.bandwidthGBps * 1e3 * 8) / (board.clockMHz * WORD_BITS);
  }

  /**
   * The designs on the grid that fit the board, with one engine per layer and with shared engines.
   *
   * @throws NetworkDoesNotFitError if there is none
   */
  designs(counts: LayerCounts): Design[] {
    let multiplications = 0;
    let slowest = 0;
    for (const [key, { shape, layers }] of counts) {
      if (shape.kind === 'convolution') multiplications += layers * operations(shape);
      slowest = Math.max(slowest, layers * this.choicesOf(key, shape).slowestCycles);
    }
    // Starts below the even share of the board: engines at their fastest leave multipliers for the others.
    const evenShare = Math.log2(Math.max(1, multiplications / this.board.dsp));
    const first = Math.floor(Math.max(0, evenShare - 4) * STEPS_PER_OCTAVE);
    // Windows that do not divide the map can process up to four times as many pixels.
    const last = Math.ceil(Math.log2(4 * slowest) * STEPS_PER_OCTAVE);
    const found: Design[] = [];
    for (let step = first; step <= last; step++) {
      for (const shared of [false, true]) {
        const design = this.within(counts, 2 ** (step / STEPS_PER_OCTAVE), shared);
        if (this.fits(design) && !found.some((other) => sameEngines(design, other))) {
          found.push(design);
        }
      }
    }
    if (found.length === 0) throw this.misfit(counts, 2 ** (last / STEPS_PER_OCTAVE));
    return found;
  }

  /**
   * The design with the smallest windows for which memory delivers the weights within the given cycles, or
   * while the slowest engine works. If there is none, the design with the largest windows.
   */
  private within(counts: LayerCounts, cycles: number, shared: boolean): Design {
    let design: Design;
    let next = 0;
    do design = this.withWindows(counts, cycles, shared, WINDOW_PIXELS[next++]);
    while (design.memoryCycles > Math.max(cycles, design.engineCycles) && next < WINDOW_PIXELS.length);
    return design;
  }

  private withWindows(counts: LayerCounts, cycles: number, shared: boolean, pixels: number): Design {
    const engines = new Map<string, TileEngine>();
    let dsp = 0;
    let bram36 = 0;
    let weightWords = 0;
    let engineCycles = 0;
    for (const [key, { shape, layers }] of counts) {
      const turns = shared ? layers : 1;
      const engine = this.choicesOf(key, shape).within(cycles / turns, pixels);
      engines.set(key, engine);
      dsp += (layers / turns) * engine.dsp;
      bram36 += (layers / turns) * engine.bram36;
      weightWords += layers * engine.weightWords;
      engineCycles = Math.max(engineCycles, turns * engine.layerCycles);
    }
    const memoryCycles = Math.ceil(weightWords / this.wordsPerCycle);
    return { shared, engines, engineCycles, memoryCycles, dsp, bram36 };
  }

  private fits({ dsp, bram36 }: Design): boolean {
    return dsp <= this.board.dsp && bram36 <= this.board.bram36;
  }

  private misfit(counts: LayerCounts, cycles: number): NetworkDoesNotFitError {
    const smallest = this.within(counts, cycles, true);
    const { dsp, bram36 } = this.board;
    return smallest.dsp > dsp
      ? new NetworkDoesNotFitError(this.device, 'DSP blocks', smallest.dsp, dsp)
      : new NetworkDoesNotFitError(this.device, 'blocks of 36-Kbit RAM', smallest.bram36, bram36);
  }

  private choicesOf(key: string, shape: LayerShape): EngineChoices {
    let choices = this.choices.get(key);
    if (choices === undefined) {
      choices = new EngineChoices(shape);
      this.choices.set(key, choices);
    }
    return choices;
  }
}

function sameEngines(design: Design, other: Design): boolean {
  if (design.shared !== other.shared) return false;
  for (const [key, engine] of design.engines) if (other.engines.get(key) !== engine) return false;
  return true;
}
