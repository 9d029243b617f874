import type { OperatorGraph } from '../../network/graph.js';
import type { OperatorKind } from '../../network/operator.js';
import { boardParameters } from '../board/board-parameters.js';
import type { Board } from '../board/boards.js';
import type { AnalyticDevice, DeviceParameter, LatencyReport } from '../device.js';
import { NetworkDoesNotFitError } from '../device.js';
import { multipliers, type OverlayArray, usualArray } from './array.js';
import { type Program, passesOf } from './passes.js';
import {
  ALL_OPTIMISATIONS,
  type OverlayHardware,
  type OverlayOptions,
  OverlayScheduler,
} from './schedule.js';

/** 11-bit floating-point words: their mantissas are short enough for two products in an 18-bit multiplier. */
const WORD_BITS = 11;
const BRAM_BITS = 36 * 1024;
/** Shares of the on-chip memory; the rest is for auxiliary kernels and the interface to external memory. */
const STREAM_BUFFER = 0.5;
const FILTER_CACHES = 0.4;
/** As reported (FPL 2018, abstract). */
const VLIW_OVERHEAD = 0.01;
const AUXILIARY_CHANNELS = 16;

/**
 * DLA, an overlay programmed by a graph compiler (Abdelfattah et al., FPL 2018, arXiv:1807.06434): `new
 * OverlayDevice(board).latency(graph)`.
 *
 * One array of processing elements runs a network pass by pass, from an on-chip stream buffer and back to it;
 * auxiliary kernels work on the way. Filters come from external memory; maps for which the stream buffer has
 * no room go there and back. It runs convolutional networks and sequences of matrix products such as an LSTM.
 */
export class OverlayDevice implements AnalyticDevice {
  readonly id: string;
  readonly description: string;
  readonly precision = 'float11';
  /** Everything else runs: on the array, or element by element in auxiliary kernels. */
  readonly leavesOut: ReadonlySet<OperatorKind> = new Set(['other']);
  readonly parameters: readonly DeviceParameter[];
  private readonly hardware: OverlayHardware;

  /** @param array by default the usual one for the board's multipliers */
  constructor(
    private readonly board: Board,
    private readonly options: OverlayOptions = ALL_OPTIMISATIONS,
    readonly array: OverlayArray = usualArray(board),
  ) {
    this.id = `overlay:${board.id}`;
    this.description = `DLA overlay on ${board.description}`;
    const words = (board.bram36 * BRAM_BITS) / WORD_BITS;
    this.hardware = {
      array,
      streamBuffer: Math.floor(words * STREAM_BUFFER),
      filterCaches: Math.floor(words * FILTER_CACHES),
      wordsPerCycle: (board.bandwidthGBps * 1e3 * 8) / (board.clockMHz * WORD_BITS),
      vliwOverhead: VLIW_OVERHEAD,
      auxiliaryChannels: AUXILIARY_CHANNELS,
    };
    this.parameters = [
      ...boardParameters(board),
      parameter('c_vec', array.cVec, [1, 64], 'channels', 'Input channels at a time'),
      parameter('k_vec', array.kVec, [1, 512], 'channels', 'Output channels at a time: processing elements'),
      parameter('p_vec', array.pVec, [1, 8], 'rows', 'Output rows at a time'),
      parameter('word', WORD_BITS, [WORD_BITS, WORD_BITS], 'bit', 'Width of data, floating point'),
      parameter('stream_buffer', STREAM_BUFFER, [0.05, 0.9], 'share', 'On-chip memory for feature maps'),
      parameter('filter_caches', FILTER_CACHES, [0.05, 0.9], 'share', 'On-chip memory for filters'),
      parameter('vliw_overhead', VLIW_OVERHEAD, [0, 0.5], 'share', 'Cycles for reprogramming'),
      parameter('aux_channels', AUXILIARY_CHANNELS, [1, 64], 'channels', 'Width of pooling and arithmetic'),
    ];
  }

  latency(graph: OperatorGraph): LatencyReport {
    const program = passesOf(graph, this.options);
    this.checkFit(program);
    const costs = new OverlayScheduler(this.hardware, this.options).schedule(program);
    const use = {
      dsp: this.dsp(),
      bram36: Math.ceil(this.board.bram36 * (STREAM_BUFFER + FILTER_CACHES)),
    };
    let time = 0;
    const layers = program.passes.map(({ node }, i) => {
      const { compute, memory, total } = costs[i];
      const startCycle = time;
      time += total;
      const bottleneck = memory > compute ? ('memory' as const) : ('compute' as const);
      return { node, cycles: compute, startCycle, finishCycle: time, bottleneck, use };
    });
    const latencyMs = time / (this.board.clockMHz * 1e3);
    return { latencyMs, intervalMs: latencyMs, layers, use };
  }

  private dsp(): number {
    return Math.ceil(multipliers(this.array) / this.board.narrowProductsPerDsp);
  }

  private checkFit({ passes, elements }: Program): void {
    const dsp = this.dsp();
    if (dsp > this.board.dsp) throw new NetworkDoesNotFitError(this.id, 'DSP blocks', dsp, this.board.dsp);
    // Even in the thinnest slices, a pass reads whole rows.
    const rows = passes.flatMap(({ shape, reads }) =>
      reads.map((tensor) => (shape ? elements.get(tensor)! / (shape.outHeight * shape.strideHeight) : 0)),
    );
    const needed = Math.ceil(Math.max(0, ...rows));
    const { streamBuffer } = this.hardware;
    if (needed > streamBuffer) {
      throw new NetworkDoesNotFitError(this.id, 'words of stream buffer', needed, streamBuffer);
    }
  }
}

function parameter(
  name: string,
  value: number,
  range: readonly [number, number],
  unit: string,
  description: string,
): DeviceParameter {
  return { name, value, range, unit, description };
}
