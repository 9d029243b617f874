import { InputError, quote } from '../../base/errors.js';
import type { OperatorGraph } from '../../network/graph.js';
import { boardParameters } from '../board/board-parameters.js';
import type { Board } from '../board/boards.js';
import type { AnalyticDevice, DeviceParameter, LatencyReport } from '../device.js';
import { NOT_STREAMED } from '../left-out.js';
import { loweredLayers } from '../lowering/graph-layers.js';
import type { Layer } from '../lowering/layer.js';
import { designStages, LUTS_PER_BIT, USABLE_LOGIC } from './bcnn-design.js';

/**
 * The streaming accelerator for binary networks (Li et al., arXiv:1702.06392): `new
 * BcnnDevice(board).latency(graph)`.
 *
 * Every layer has its own hardware, with its weights on chip. All layers work at the same time, each on a
 * different image, so the slowest layer determines the time between results, whatever the batch size. A
 * product of two signs is an XNOR, their sum a bit count, normalisation with activation a comparison, and
 * max-pooling of signs an OR; none of these takes extra cycles. The first layer multiplies the image's pixels
 * in DSP blocks.
 */
export class BcnnDevice implements AnalyticDevice {
  readonly id: string;
  readonly description: string;
  readonly precision = 'binary';
  readonly leavesOut = NOT_STREAMED;
  readonly parameters: readonly DeviceParameter[];

  constructor(private readonly board: Board) {
    this.id = `bcnn:${board.id}`;
    this.description = `Binary streaming accelerator on ${board.description}`;
    this.parameters = [
      ...boardParameters(board),
      {
        name: 'luts_per_bit',
        value: LUTS_PER_BIT,
        range: [1, 20],
        unit: 'LUT',
        description: 'Logic per bit multiplied and counted in a cycle',
      },
      {
        name: 'usable_logic',
        value: USABLE_LOGIC,
        range: [0.1, 1],
        unit: 'share',
        description: 'LUTs that can be used before routing fails',
      },
    ];
  }

  latency(graph: OperatorGraph): LatencyReport {
    const layers = stagesOf(graph);
    if (layers.length === 0) {
      return { latencyMs: 0, intervalMs: 0, layers: [], use: { dsp: 0, bram36: 0, logic: 0 } };
    }
    const depths: number[] = [];
    for (const { inputs } of layers)
      depths.push(Math.max(0, ...inputs.map(({ layer }) => depths[layer] + 1)));
    const { stages, use, total, intervalCycles } = designStages(this.id, this.board, layers, depths);
    const start: number[] = [];
    const finish: number[] = [];
    for (const [i, { inputs }] of layers.entries()) {
      // Maps are passed on as a whole, from one half of a double buffer to the other.
      start.push(Math.max(0, ...inputs.map(({ layer }) => finish[layer])));
      finish.push(start[i] + stages[i].cycles);
    }
    const cyclesPerMs = this.board.clockMHz * 1e3;
    return {
      latencyMs: Math.max(...finish) / cyclesPerMs,
      intervalMs: intervalCycles / cyclesPerMs,
      layers: layers
        .map(({ node }, i) => ({
          node,
          cycles: stages[i].cycles,
          startCycle: start[i],
          finishCycle: finish[i],
          bottleneck: 'compute' as const,
          use: { ...use[i], unfolding: stages[i].unfolding, pixels: stages[i].pixels },
        }))
        .sort((a, b) => a.startCycle - b.startCycle),
      use: { ...total },
    };
  }
}

/** The layers with weights. Pooling belongs to the layer before it. */
function stagesOf(graph: OperatorGraph): Layer[] {
  const all = loweredLayers(graph);
  const index = new Map<number, number>();
  const stages: Layer[] = [];
  const origins: Layer['inputs'][] = [];
  for (const [i, layer] of all.entries()) {
    const operator = graph.operator(layer.node);
    if (operator.kind === 'matmul' && graph.operator(graph.inputs(layer.node)[1]).kind !== 'parameter') {
      const problem = `operator ${quote(layer.node)} (matmul): a binary streaming accelerator has its weights on chip`;
      throw new InputError(`${problem} and can't multiply two computed tensors`);
    }
    const inputs = new Map<number, boolean>();
    for (const { layer: from, whole } of layer.inputs) {
      for (const source of index.has(from) ? [{ layer: index.get(from)!, whole }] : origins[from]) {
        inputs.set(source.layer, whole || source.whole);
      }
    }
    origins[i] = [...inputs].map(([from, whole]) => ({ layer: from, whole }));
    if (layer.shape.kind === 'pooling') continue;
    index.set(i, stages.length);
    stages.push({ ...layer, inputs: origins[i] });
  }
  return stages;
}
