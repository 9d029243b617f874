import { LRUCache } from 'lru-cache';
import type { OperatorGraph } from '../../network/graph.js';
import { boardParameters } from '../board/board-parameters.js';
import type { Board } from '../board/boards.js';
import type { AnalyticDevice, DeviceParameter, LatencyReport } from '../device.js';
import { NOT_STREAMED } from '../left-out.js';
import { loweredLayers } from '../lowering/graph-layers.js';
import type { Layer } from '../lowering/layer.js';
import { shapeKey } from '../lowering/layer.js';
import { analyze, type PipelineTiming } from './analyzer.js';
import { countLayers, type Design, DesignSpace } from './design.js';
import { alternatingReuse } from './schedule.js';
import { WORD_BITS } from './tiles.js';

/**
 * The tiled multi-engine FPGA of FNAS (Jiang et al., DAC 2019): `new FnasDevice(board).latency(graph)`.
 *
 * Each convolution has its own engine, and the engines form a pipeline of tiles. If that needs more
 * multipliers or memory than the board has, or is slower, layers of the same shape share an engine. Linear
 * layers are 1×1 convolutions of one pixel. Pooling has engines too, made of logic instead of multipliers.
 * Activations, normalisation, additions, concatenations, scaling and global pooling work on the stream
 * between engines and take no cycles. Weights come from external memory; feature maps stay on chip.
 */
export class FnasDevice implements AnalyticDevice {
  readonly id: string;
  readonly description: string;
  readonly parameters: readonly DeviceParameter[];
  readonly precision = `int${WORD_BITS}`;
  readonly leavesOut = NOT_STREAMED;
  private readonly space: DesignSpace;
  /** Designs that fit, by the layer shapes of a network: networks of one space share most of them. */
  private readonly designs = new LRUCache<string, Design[]>({ max: 256 });
  /** The best design, by everything that it depends on: many cells of a space lead to the same layers. */
  private readonly choices = new LRUCache<string, Choice>({ max: 4096 });

  constructor(private readonly board: Board) {
    this.id = `fnas:${board.id}`;
    this.description = `FNAS tiled engines on ${board.description}`;
    this.parameters = [
      ...boardParameters(board),
      {
        name: 'word',
        value: WORD_BITS,
        range: [WORD_BITS, WORD_BITS],
        unit: 'bit',
        description: 'Width of data, fixed point',
      },
    ];
    this.space = new DesignSpace(this.id, board);
  }

  latency(graph: OperatorGraph): LatencyReport {
    const layers = loweredLayers(graph);
    if (layers.length === 0) return { latencyMs: 0, intervalMs: 0, layers: [], use: { dsp: 0, bram36: 0 } };
    const keys = layers.map(({ shape }) => shapeKey(shape));
    const { design, timing, cycles } = this.fastestKnown(layers, keys);
    const engines = keys.map((key) => design.engines.get(key)!);
    const order = [...layers.keys()].sort((i, j) => timing.start[i] - timing.start[j] || i - j);
    return {
      latencyMs: cycles / (this.board.clockMHz * 1e3),
      intervalMs: Math.max(design.engineCycles, design.memoryCycles) / (this.board.clockMHz * 1e3),
      layers: order.map((i) => ({
        node: layers[i].node,
        cycles: engines[i].layerCycles,
        startCycle: timing.start[i],
        finishCycle: timing.finish[i],
        bottleneck: timing.finish[i] > timing.start[i] + engines[i].layerCycles ? 'input' : 'compute',
        use: { dsp: engines[i].dsp, bram36: engines[i].bram36 },
      })),
      use: { dsp: design.dsp, bram36: design.bram36 },
    };
  }

  private fastestKnown(layers: readonly Layer[], keys: readonly string[]): Choice {
    const whole = layers
      .map(({ inputs, shape: { padTop, padLeft } }, i) => {
        const sources = inputs.map(({ layer, whole }) => (whole ? -1 - layer : layer)).sort();
        return `${keys[i]} ${padTop} ${padLeft}:${sources}`;
      })
      .join(';');
    let choice = this.choices.get(whole);
    if (choice === undefined) {
      choice = this.fastest(layers, keys);
      this.choices.set(whole, choice);
    }
    return choice;
  }

  private fastest(layers: readonly Layer[], keys: readonly string[]): Choice {
    const reuse = alternatingReuse(layers);
    const designs = this.designsFor(layers, keys);
    const least = designs.map(({ engineCycles, memoryCycles }) => Math.max(engineCycles, memoryCycles));
    // The smallest lower bound first, as it probably rules out the rest. Among equals, the first design wins.
    const order = [...designs.keys()].sort((i, j) => least[i] - least[j] || i - j);
    let best: (Choice & { index: number }) | undefined;
    for (const index of order) {
      const limit = best === undefined ? undefined : best.cycles + (index < best.index ? 1 : 0);
      if (limit !== undefined && least[index] >= limit) continue;
      const design = designs[index];
      const engines = keys.map((key) => design.engines.get(key)!);
      const timing = analyze(layers, engines, design.shared, limit, reuse);
      if (timing === undefined) continue;
      const cycles = Math.max(timing.latencyCycles, design.memoryCycles);
      best = { index, design, timing, cycles };
    }
    return best!;
  }

  private designsFor(layers: readonly Layer[], keys: readonly string[]): Design[] {
    const counts = countLayers(layers, keys);
    const key = [...counts]
      .map(([shape, { layers }]) => `${layers} ${shape}`)
      .sort()
      .join();
    let designs = this.designs.get(key);
    if (designs === undefined) {
      designs = this.space.designs(counts);
      this.designs.set(key, designs);
    }
    return designs;
  }
}

interface Choice {
  readonly design: Design;
  readonly timing: PipelineTiming;
  readonly cycles: number;
}
