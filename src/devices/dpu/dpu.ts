import type { OperatorGraph } from '../../network/graph.js';
import type { DeviceModel, OpenParameter } from '../calibration/device-model.js';
import type { LatencyReport, LayerLatency } from '../device.js';
import { OpenDevice } from '../open-device.js';
import { perGraph } from '../per-graph.js';
import { type DpuOperation, dpuOperations } from './operations.js';

/** Before calibration: the figures of AMD's reference design (PG338), and no undocumented costs. */
const PARAMETERS = [
  {
    name: 'clock',
    value: 300,
    unit: 'MHz',
    range: [50, 800],
    description: 'Clock of array and ALU; the multipliers run at twice that',
  },
  {
    name: 'bandwidth',
    value: 4.8,
    unit: 'GB/s',
    range: [0.1, 50],
    description: 'Of the memory port that feature maps and weights pass',
  },
  {
    name: 'pass',
    value: 0.1,
    unit: 'µs',
    range: [0.01, 100],
    description: 'What the ALU waits between two groups of 16 channels',
  },
  {
    name: 'exposed',
    value: 0.5,
    unit: 'share',
    range: [0.001, 1],
    description: 'Part of the traffic of maps too large for the chip that other work does not hide',
  },
  {
    name: 'start',
    value: 0.1,
    unit: 'ms',
    range: [0.001, 100],
    description: 'From the call to the first operation, and from the last one back',
  },
] as const satisfies readonly OpenParameter[];

/** Multiplier blocks of a B4096 whose ALU processes 4 pixels (PG338). */
const USE = { dsp: 710 };

const operationsOf = perGraph(dpuOperations);

/**
 * AMD's deep learning processor DPUCZDX8G in its largest size, B4096 (product guide PG338), int8: an array of
 * 8 pixels × 16 input × 16 output channels per cycle for convolutions, and an ALU of 4 pixels × 16 channels
 * for depth-wise convolutions, pooling and element-wise operations.
 *
 * Operators run one after another. A convolution takes as long as its cycles or its weight transfer,
 * whichever is longer. The ALU is set up for every group of 16 channels. A map of up to one bank group (256
 * KiB) stays on chip; a larger one goes to memory and back, mostly hidden behind other work. Element-wise
 * operations and global pooling stream their map through the memory port; a global pooling of a map that is
 * not on chip does so for every strip of columns.
 */
class DpuDevice extends OpenDevice<typeof PARAMETERS> {
  readonly precision = 'int8';

  latency(graph: OperatorGraph): LatencyReport {
    const cyclesPerMs = this.constants.clock * 1e3;
    let cycle = this.constants.start * cyclesPerMs;
    const layers: LayerLatency[] = [];
    for (const operation of operationsOf(graph)) {
      const startCycle = cycle;
      const { node, cycles } = operation;
      const { working, port, setup } = this.times(operation);
      cycle += working + port + setup;
      let bottleneck: LayerLatency['bottleneck'] = 'compute';
      if (setup > Math.max(working, port)) bottleneck = 'overhead';
      else if (port > working || working > cycles) bottleneck = 'memory';
      layers.push({ node, cycles, startCycle, finishCycle: cycle, bottleneck, use: USE });
    }
    return { latencyMs: cycle / cyclesPerMs, layers, use: USE };
  }

  /** The sequential parts of an operation's time, in cycles. */
  private times({ cycles, weightBytes, streamedBytes, spilledBytes, passes }: DpuOperation) {
    const { clock, bandwidth, pass, exposed } = this.constants;
    const cyclesPerByte = clock / (bandwidth * 1e3);
    return {
      working: Math.max(cycles, weightBytes * cyclesPerByte),
      port: (streamedBytes + exposed * spilledBytes) * cyclesPerByte,
      setup: passes * pass * clock,
    };
  }
}

/** `dpu`: DPUCZDX8G B4096. */
export const dpuModel: DeviceModel = {
  name: 'dpu',
  description: 'AMD DPUCZDX8G B4096: 8 pixels × 16 × 16 channels per cycle, int8',
  parameters: PARAMETERS,
  device: (values = {}, identity = { id: 'dpu', description: dpuModel.description }) =>
    new DpuDevice(PARAMETERS, values, identity),
};
