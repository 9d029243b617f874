import type { OperatorGraph } from '../../network/graph.js';
import type {
  DeviceIdentity,
  DeviceModel,
  OpenParameter,
  ParameterValues,
} from '../calibration/device-model.js';
import type { LatencyReport, LayerLatency } from '../device.js';
import { OpenDevice } from '../open-device.js';
import { perGraph } from '../per-graph.js';
import { type MpArrayLayer, mpArrayLayers } from './layers.js';

/** Bytes per cycle of the memory port's clock. The published latencies are multiples of its 4 ns period at 250 MHz. */
const PORT_BYTES = 64;

const PARAMETERS = [
  {
    name: 'clock',
    value: 250,
    unit: 'MHz',
    range: [50, 1000],
    description: "Clock of the multipliers; faster than the port's",
  },
  {
    name: 'bandwidth',
    value: 16,
    unit: 'GB/s',
    range: [0.1, 200],
    description: 'Of the memory port, 64 bytes per cycle of its clock',
  },
  {
    name: 'tile',
    value: 4,
    unit: 'ns',
    range: [0.1, 1000],
    description: 'Lost between two tiles',
  },
  {
    name: 'layer',
    value: 1,
    unit: 'µs',
    range: [0.01, 1000],
    description: 'Lost between two layers',
  },
] as const satisfies readonly OpenParameter[];

/**
 * The array of M output channels × P output pixels of Chen & Wu (FPGA 2023, doi 10.1145/3543622.3573131),
 * int8.
 *
 * The array holds a tile of M channels × P pixels in raster order, and adds one input channel and kernel tap
 * per cycle. Activations are read again for every M channels: for each tile, everything from the first to the
 * last pixel that it needs. Results leave at one channel of P pixels per cycle of the port's clock.
 * Multiplying, reading and writing overlap, so a layer takes as long as the slowest of the three. Weights of
 * convolutions arrive in time: M per cycle of the multipliers are fewer than the port delivers.
 */
class MpArrayDevice extends OpenDevice<typeof PARAMETERS> {
  readonly precision = null;

  constructor(
    private readonly multipliers: number,
    private readonly layersOf: (graph: OperatorGraph) => readonly MpArrayLayer[],
    values: ParameterValues,
    identity: DeviceIdentity,
  ) {
    super(PARAMETERS, values, identity);
  }

  latency(graph: OperatorGraph): LatencyReport {
    const cyclesPerMs = this.constants.clock * 1e3;
    const use = { multipliers: this.multipliers };
    let cycle = 0;
    const layers = this.layersOf(graph).map((layer): LayerLatency => {
      const startCycle = cycle;
      const { multiplying, reading, writing, lost } = this.timesMs(layer);
      const working = Math.max(multiplying, reading, writing);
      cycle += (working + lost) * cyclesPerMs;
      let bottleneck: LayerLatency['bottleneck'] = 'memory';
      if (lost > working) bottleneck = 'overhead';
      else if (multiplying === working) bottleneck = 'compute';
      const cycles = layer.multiplierCycles;
      return { node: layer.node, cycles, startCycle, finishCycle: cycle, bottleneck, use };
    });
    return { latencyMs: cycle / cyclesPerMs, layers, use };
  }

  private timesMs({ multiplierCycles, bytes, rowsWritten, tiles }: MpArrayLayer) {
    const { clock, bandwidth, tile, layer } = this.constants;
    const portCyclesPerMs = (bandwidth * 1e6) / PORT_BYTES;
    return {
      multiplying: multiplierCycles / (clock * 1e3),
      reading: bytes / (bandwidth * 1e6),
      writing: rowsWritten / portCyclesPerMs,
      lost: tiles * tile * 1e-6 + layer * 1e-3,
    };
  }
}

/** `mp:32x64`: an array of 32 output channels × 64 output pixels. */
export function mpArrayModel(m: number, p: number): DeviceModel {
  const name = `mp:${m}x${p}`;
  const description = `Array of ${m} output channels × ${p} pixels, int8`;
  const layersOf = perGraph((graph) => mpArrayLayers(graph, m, p));
  return {
    name,
    description,
    parameters: PARAMETERS,
    device: (values = {}, identity = { id: name, description }) =>
      new MpArrayDevice(m * p, layersOf, values, identity),
  };
}
