import { alternatingReuse, byDistanceFromEnd, type Reuse } from './fnas-schedule.js';
import { type Engine, inputChannelsHeld } from './fnas-tiles.js';
import type { Layer } from './layer.js';

/** When each layer starts and finishes, in cycles after the network's start; indexed as the layers. */
export interface Timing {
  readonly start: Float64Array;
  readonly finish: Float64Array;
  readonly latencyCycles: number;
}

/**
 * FNAS-Analyzer: latency in closed form, without simulating tasks (FNAS, §3.4).
 *
 * Layers alternate between holding an output tile while input tiles pass (output reuse, even depth) and
 * holding an input tile while output tiles pass (input reuse, odd depth); windows of pixels follow each other
 * in raster order. With a = ⌈N/Tn⌉, b = ⌈M/Tm⌉ and p output tiles in the first tile a reader needs, a window
 * is ready for the reader after g = a·p (output reuse) or (a−1)·b + p (input reuse) of its a·b tasks.
 * A layer starts when its inputs' first windows are ready, and finishes no earlier than its own work takes,
 * and no earlier than the b tasks that the last input tile it reads still causes. The latter carries the same bound
 * through any slow layer to the network's end.
 *
 * @param engines of each layer
 * @param shared true if layers with the same engine object take turns on it; they do so in the order of their
 *   distance from the network's end. Otherwise each layer has an engine of its own.
 * @returns undefined as soon as the latency is known to reach `limitCycles`
 */
export function analyze(
  layers: readonly Layer[],
  engines: readonly Engine[],
  shared: boolean,
  limitCycles = Number.POSITIVE_INFINITY,
): Timing | undefined {
  const start = new Float64Array(layers.length);
  const finish = new Float64Array(layers.length);
  const freeAt = new Map<Engine, number>();
  const reuse = alternatingReuse(layers);
  let latencyCycles = 0;
  for (const i of shared ? byDistanceFromEnd(layers, engines) : layers.keys()) {
    const engine = engines[i];
    const lastInputTasks = layers[i].shape.groups === 1 ? engine.outputTiles : 1;
    let ready = shared ? (freeAt.get(engine) ?? 0) : 0;
    let drained = 0;
    for (const { layer: from, whole } of layers[i].inputs) {
      const source = engines[from];
      const { cycles, afterIt } = firstWindow(layers[from], source, reuse[from], layers[i], engine, whole);
      ready = Math.max(ready, start[from] + cycles);
      // Behind a convolution over all channels, the window's last input tile may be what it waits for.
      if (afterIt !== undefined) ready = Math.max(ready, finish[from] - afterIt);
      const read = whole ? source.pixelTiles : windowsRead(layers[from], source, layers[i]);
      const lastInput =
        read === source.pixelTiles
          ? finish[from]
          : start[from] + read * source.inputTiles * source.outputTiles * source.taskCycles;
      drained = Math.max(drained, lastInput + lastInputTasks * engine.taskCycles);
    }
    start[i] = ready;
    finish[i] = Math.max(ready + engine.layerCycles, drained);
    if (shared) freeAt.set(engine, finish[i]);
    latencyCycles = Math.max(latencyCycles, finish[i]);
    if (latencyCycles >= limitCycles) return undefined;
  }
  return { start, finish, latencyCycles };
}

/**
 * Cycles of its own work after which a layer has written the first input tile of a reader.
 * `afterIt` are the cycles of work left then, given where the tile belongs to the last window of pixels and
 * depends on all input channels, so that it can't be ready before the layer's last input is.
 */
function firstWindow(
  { shape }: Layer,
  engine: Engine,
  reuse: Reuse,
  reader: Layer,
  readerEngine: Engine,
  whole: boolean,
): { cycles: number; afterIt?: number } {
  const { inputTiles: a, outputTiles: b, pixelTiles, pixelTilesPerRow, taskCycles } = engine;
  let windows = pixelTiles;
  if (!whole) {
    const r = reader.shape;
    const rows = firstExtent(readerEngine.tr, r.strideHeight, r.spanHeight, r.padTop, shape.outHeight);
    const columns = firstExtent(readerEngine.tc, r.strideWidth, r.spanWidth, r.padLeft, shape.outWidth);
    windows = (Math.ceil(rows / engine.tr) - 1) * pixelTilesPerRow + Math.ceil(columns / engine.tc);
  }
  const channels = inputChannelsHeld(reader.shape, readerEngine.tm, readerEngine.tn);
  const p = Math.min(b, Math.ceil(channels / engine.tm));
  const g = reuse === 'output' ? a * p : (a - 1) * b + p;
  const cycles = ((windows - 1) * a * b + g) * taskCycles;
  if (windows < pixelTiles || shape.groups > 1) return { cycles };
  return { cycles, afterIt: (a * b - g) * taskCycles };
}

/** Windows of a source, in raster order, up to the last that a reader reads: strides may leave out the edge. */
function windowsRead({ shape }: Layer, { tr, tc, pixelTilesPerRow }: Engine, { shape: r }: Layer): number {
  const rows = Math.min(shape.outHeight, (r.outHeight - 1) * r.strideHeight - r.padTop + r.spanHeight);
  const columns = Math.min(shape.outWidth, (r.outWidth - 1) * r.strideWidth - r.padLeft + r.spanWidth);
  return (Math.ceil(rows / tr) - 1) * pixelTilesPerRow + Math.ceil(columns / tc);
}

/** Rows (or columns) of a source that the reader's first window of `tile` rows covers, padding left out. */
function firstExtent(tile: number, stride: number, span: number, pad: number, extent: number): number {
  return Math.max(1, Math.min(extent, (tile - 1) * stride + span - pad));
}
