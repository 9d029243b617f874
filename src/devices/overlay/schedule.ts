import { arrayCycles, LANES, type OverlayArray } from './array.js';
import type { Pass } from './pass.js';
import type { Program } from './passes.js';
import { lastReads, type Residence, residence, slicedGroup } from './slices.js';

/** Optimisations of the graph compiler; each can be switched off to see its gain (Abdelfattah et al., FPL 2018). */
export interface OverlayOptions {
  /** Whether filters with three or more columns and stride 1 use the transform F(4, 3). */
  readonly winograd: boolean;
  /** Whether strided filters over few channels become filters over more channels. */
  readonly folding: boolean;
  /** Whether pooling and arithmetic happen on the way from the array to the stream buffer. */
  readonly fusion: boolean;
  /** Whether the next filters are loaded while the array works. */
  readonly prefetch: boolean;
  /** Whether maps stay in the stream buffer from one pass to the next as far as there is room. */
  readonly allocation: boolean;
  /** Whether maps that exceed the stream buffer are processed in slices of rows, several layers deep. */
  readonly slicing: boolean;
  /** Whether matrix products with the same weights or the same input run as one. */
  readonly merging: boolean;
  /** Whether weights that are used more than once stay in the filter caches if they fit. */
  readonly residentWeights: boolean;
}

export const ALL_OPTIMISATIONS: OverlayOptions = {
  winograd: true,
  folding: true,
  fusion: true,
  prefetch: true,
  allocation: true,
  slicing: true,
  merging: true,
  residentWeights: true,
};

/** The hardware facts that a program's time depends on. */
export interface OverlayHardware {
  readonly array: OverlayArray;
  /** Capacity in words for feature maps, and for filters. */
  readonly streamBuffer: number;
  readonly filterCaches: number;
  /** Words that external memory transfers per cycle. */
  readonly wordsPerCycle: number;
  /** Share of all cycles that the instruction network spends reprogramming the kernels. */
  readonly vliwOverhead: number;
  /** Channels that an auxiliary kernel processes at a time in each of the array's lanes. */
  readonly auxiliaryChannels: number;
}

/** Cycles of one pass. */
export interface PassCost {
  readonly compute: number;
  /** Cycles for which external memory is busy. */
  readonly memory: number;
  readonly total: number;
}

/** The second half of the graph compiler: where data are kept, and how long everything takes. */
export class OverlayScheduler {
  constructor(
    private readonly hardware: OverlayHardware,
    private readonly options: OverlayOptions,
  ) {}

  /** Cycles of every pass, alone or in the groups of slices that take the least time. */
  schedule(program: Program): PassCost[] {
    const { passes } = program;
    const { allocation, slicing } = this.options;
    const kept = residence(program, allocation ? this.hardware.streamBuffer : 0);
    const filters = this.filterWords(passes);
    const costs = passes.map((pass, i) => {
      const moved = [...pass.reads, ...pass.writes]
        .filter((tensor) => kept.spilled.has(tensor))
        .reduce((sum, tensor) => sum + program.elements.get(tensor)!, 0);
      return this.cost(pass, pass.shape?.outHeight ?? 0, 1, filters[i], moved);
    });
    return slicing && allocation ? this.inGroups(program, kept, filters, costs) : costs;
  }

  /**
   * Cycles of every pass after dividing the passes into the groups that take the least time, by dynamic
   * programming.
   */
  private inGroups(
    program: Program,
    { spilled, held }: Residence,
    filters: readonly number[],
    costs: readonly PassCost[],
  ): PassCost[] {
    const { passes } = program;
    const lastReadAt = lastReads(passes);
    const spills = passes.map(({ writes }) => writes.some((t) => spilled.has(t) && lastReadAt.has(t)));
    // Shortest time up to each pass, over all divisions into groups.
    const best = [0];
    const cut: { from: number; costs: PassCost[] }[] = [];
    for (let last = 0; last < passes.length; last++) {
      best[last + 1] = best[last] + costs[last].total;
      cut[last] = { from: last, costs: [costs[last]] };
      // A group ends where a pass reads data that would otherwise have been spilled, and extends back over
      // such spills.
      for (let first = last - 1; first >= 0 && spills[first]; first--) {
        const room = this.hardware.streamBuffer - (first > 0 ? held[first - 1] : 0);
        const group = slicedGroup(program, spilled, lastReadAt, first, last, room);
        if (group === undefined) break;
        const words = filters.slice(first, last + 1).reduce((sum, count) => sum + count, 0);
        const loads = this.options.residentWeights && words <= this.hardware.filterCaches ? 1 : group.slices;
        const sliced = group.rows.map((rows, i) =>
          this.cost(passes[first + i], rows, group.slices, filters[first + i] * loads, group.moved[i]),
        );
        const time = best[first] + sliced.reduce((sum, { total }) => sum + total, 0);
        if (time < best[last + 1]) {
          best[last + 1] = time;
          cut[last] = { from: first, costs: sliced };
        }
      }
    }
    const chosen: PassCost[] = [];
    for (let last = passes.length - 1; last >= 0; last = cut[last].from - 1)
      chosen.unshift(...cut[last].costs);
    return chosen;
  }

  /** Words of filters that each pass has to load. */
  private filterWords(passes: readonly Pass[]): number[] {
    const uses = new Map<string, number>();
    for (const { weights } of passes) if (weights) uses.set(weights.key, (uses.get(weights.key) ?? 0) + 1);
    const repeated = new Map<string, number>();
    for (const { weights } of passes) {
      if (weights && uses.get(weights.key)! > 1) repeated.set(weights.key, weights.words);
    }
    const fits = [...repeated.values()].reduce((sum, words) => sum + words, 0) <= this.hardware.filterCaches;
    const loaded = new Set<string>();
    return passes.map(({ weights }) => {
      if (weights === undefined || loaded.has(weights.key)) return 0;
      if (this.options.residentWeights && fits) loaded.add(weights.key);
      return weights.words;
    });
  }

  /**
   * @param rows computed in all slices together
   * @param filters words to load
   * @param moved elements to and from external memory
   */
  private cost(pass: Pass, rows: number, slices: number, filters: number, moved: number): PassCost {
    const { array, auxiliaryChannels, vliwOverhead, wordsPerCycle } = this.hardware;
    const { shape, auxiliary } = pass;
    const overlap = shape === undefined ? 1 : rows / shape.outHeight;
    const products = shape === undefined ? 0 : arrayCycles(shape, rows, array, this.options);
    const behind = Math.ceil((auxiliary * overlap) / (auxiliaryChannels * LANES));
    // The processing elements form a chain, which data enter one cycle after another.
    const fill = slices * array.kVec;
    const compute = Math.ceil((Math.max(products, behind) + fill) * (1 + vliwOverhead));
    const loading = Math.ceil(filters / wordsPerCycle);
    const moving = Math.ceil(moved / wordsPerCycle);
    const memory = loading + moving;
    const total = this.options.prefetch ? Math.max(compute, memory) : Math.max(compute, moving) + loading;
    return { compute, memory, total };
  }
}
