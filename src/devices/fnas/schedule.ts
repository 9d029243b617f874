import type { Layer } from '../lowering/layer.js';
import type { TileEngine } from './tiles.js';

/**
 * FNAS-Sched: the order in which an engine works through the tasks of a window of pixels (Jiang et al., DAC
 * 2019). `output` reuse holds an output tile while input tiles pass, and so completes tiles early; `input`
 * reuse holds an input tile while output tiles pass, and so needs only one tile to start.
 */
export type Reuse = 'output' | 'input';

/** Reuse alternates along the pipeline, beginning with output reuse in layers that read the network's input. */
export function alternatingReuse(layers: readonly Layer[]): Reuse[] {
  const depths = new Int32Array(layers.length);
  for (let i = 0; i < layers.length; i++) {
    for (const { layer } of layers[i].inputs) depths[i] = Math.max(depths[i], depths[layer] + 1);
  }
  return Array.from(depths, (depth) => (depth % 2 === 0 ? 'output' : 'input'));
}

/** One step of an engine: it applies an input tile to an output tile in a window of pixels. */
export interface TileTask {
  readonly inputTile: number;
  readonly outputTile: number;
  /** In raster order. */
  readonly window: number;
}

/** The task at a position in a layer's schedule, 0 … ⌈N/Tn⌉·⌈M/Tm⌉·⌈R/Tr⌉·⌈C/Tc⌉ − 1. */
export function taskAt(engine: TileEngine, reuse: Reuse, position: number): TileTask {
  const { inputTiles, outputTiles } = engine;
  const window = Math.floor(position / (inputTiles * outputTiles));
  const within = position % (inputTiles * outputTiles);
  return reuse === 'output'
    ? { window, outputTile: Math.floor(within / inputTiles), inputTile: within % inputTiles }
    : { window, outputTile: within % outputTiles, inputTile: Math.floor(within / outputTiles) };
}

/**
 * The order in which layers take turns on shared engines: by the work on the longest path from each layer to
 * the network's end, longest first.
 *
 * @returns indices of layers; sources always come before their readers
 */
export function byDistanceFromEnd(layers: readonly Layer[], engines: readonly TileEngine[]): Uint32Array {
  const behind = new Float64Array(layers.length);
  const distance = new Float64Array(layers.length);
  for (let i = layers.length - 1; i >= 0; i--) {
    distance[i] = behind[i] + engines[i].layerCycles;
    for (const { layer } of layers[i].inputs) behind[layer] = Math.max(behind[layer], distance[i]);
  }
  // Insertion sort, because layers come in topological order, which is nearly this one.
  const order = new Uint32Array(layers.length);
  for (let i = 0; i < layers.length; i++) {
    let at = i;
    for (; at > 0 && distance[order[at - 1]] < distance[i]; at--) order[at] = order[at - 1];
    order[at] = i;
  }
  return order;
}
