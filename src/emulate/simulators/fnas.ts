import { BOARDS, type Board } from '../../devices/board/boards.js';
import { analyze } from '../../devices/fnas/analyzer.js';
import { countLayers, DesignSpace } from '../../devices/fnas/design.js';
import { simulate } from '../../devices/fnas/simulator.js';
import type { TileEngine } from '../../devices/fnas/tiles.js';
import { loweredLayers } from '../../devices/lowering/graph-layers.js';
import { shapeKey } from '../../devices/lowering/layer.js';
import { convolutionChain } from '../../network/zoo/convolution-chain.js';
import type { BuiltInSimulator } from '../simulator.js';

const LAYERS = 6;

/**
 * FNAS's accelerator (Jiang et al., DAC 2019), task by task: a chain of 3×3 convolutions over a 32×32 image,
 * run by the event-driven simulator on the engines that the closed form chooses for a board.
 */
function fnasSimulator(board: Board): BuiltInSimulator {
  const space = new DesignSpace(`fnas:${board.id}`, board);
  return {
    name: `fnas:${board.id}`,
    description: `finish time of each of ${LAYERS} convolutions on FNAS engines on ${board.description}`,
    source:
      'Jiang et al., Accuracy vs. Efficiency: Achieving Both through FPGA-Implementation Aware NAS, DAC 2019',
    inputs: Array.from({ length: LAYERS }, (_, i) => ({
      name: `filters${i + 1}`,
      low: 16,
      high: 64,
      whole: true,
    })),
    outputs: [
      { name: 'finish', points: LAYERS, unit: 'ms', log: true, axis: { name: 'layer', from: 1, to: LAYERS } },
    ],
    run(filters) {
      const layers = loweredLayers(
        convolutionChain(
          [3, 32, 32],
          filters.map((count) => ({ filters: count, kernel: 3, stride: 1 })),
        ),
      );
      const keys = layers.map(({ shape }) => shapeKey(shape));
      let best: { engines: TileEngine[]; shared: boolean; cycles: number } | undefined;
      for (const { engines: byShape, shared } of space.designs(countLayers(layers, keys))) {
        const engines = keys.map((key) => byShape.get(key)!);
        const timing = analyze(layers, engines, shared, best?.cycles);
        if (timing) best = { engines, shared, cycles: timing.latencyCycles };
      }
      if (!best) throw new Error(`no design of these layers fits ${board.description}`);
      const { finish } = simulate(layers, best.engines, { shared: best.shared });
      return finish.slice(0, LAYERS).map((cycles) => cycles / (board.clockMHz * 1e3));
    },
  };
}

/** One simulator per board. */
export const fnasSimulators: readonly BuiltInSimulator[] = BOARDS.map(fnasSimulator);
