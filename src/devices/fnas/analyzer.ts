import type { Layer } from '../lowering/layer.js';
import { alternatingReuse, byDistanceFromEnd, type Reuse } from './schedule.js';
import { inputChannelsHeld, type TileEngine } from './tiles.js';

/** When each layer starts and finishes, in cycles from the network's start; indexed like the layers. */
export interface PipelineTiming {
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
 * is ready for the reader after g = a·p (output reuse) or (a−1)·b + p (input reuse) of its a·b tasks. A layer
 * starts when its inputs' first windows are ready, and finishes no earlier than its own work takes, and no
 * earlier than the b tasks that the last input tile it reads still causes. The latter carries the same bound
 * through any slow layer to the network's end.
 *
 * @param engines of each layer
 * @param shared whether layers with the same engine object take turns on it, in order of their distance from
 *   the network's end; otherwise each layer has its own engine
 * @param reuse of each layer, alternating; passed in so that it is computed only once for several sets of
 *   engines
 * @returns undefined as soon as the latency is known to reach `limitCycles`
 */
export function analyze(
  layers: readonly Layer[],
  engines: readonly TileEngine[],
  shared: boolean,
  limitCycles = Number.POSITIVE_INFINITY,
  reuse: readonly Reuse[] = alternatingReuse(layers),
): PipelineTiming | undefined {
  const start = new Float64Array(layers.length);
  const finish = new Float64Array(layers.length);
  const freeAt = new Map<TileEngine, number>();
  let latencyCycles = 0;
  for (const i of shared ? byDistanceFromEnd(layers, engines) : layers.keys()) {
    const engine = engines[i];
    const lastInputTasks = layers[i].shape.groups === 1 ? engine.outputTiles : 1;
    const channels = inputChannelsHeld(layers[i].shape, engine.tm, engine.tn);
    let ready = shared ? (freeAt.get(engine) ?? 0) : 0;
    let drained = 0;
    for (const { layer: from, whole } of layers[i].inputs) {
      const source = engines[from];
      const { inputTiles: a, outputTiles: b, pixelTiles, taskCycles } = source;
      const first = whole ? pixelTiles : firstWindow(layers[from], source, layers[i], engine);
      const last = whole ? pixelTiles : lastWindow(layers[from], source, layers[i]);
      const p = Math.min(b, Math.ceil(channels / source.tm));
      const g = reuse[from] === 'output' ? a * p : (a - 1) * b + p;
      ready = Math.max(ready, start[from] + ((first - 1) * a * b + g) * taskCycles);
      // After a convolution over all channels, the last window's first tile may have to wait for the last
      // input tile.
      if (first === pixelTiles && layers[from].shape.groups === 1) {
        ready = Math.max(ready, finish[from] - (a * b - g) * taskCycles);
      }
      const lastInput = last === pixelTiles ? finish[from] : start[from] + last * a * b * taskCycles;
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

/** Number of a source's windows, in raster order, up to the last one under its reader's first window. */
function firstWindow(
  { shape }: Layer,
  { tr, tc, pixelTilesPerRow }: TileEngine,
  reader: Layer,
  own: TileEngine,
): number {
  const r = reader.shape;
  const rows = extent(own.tr, r.strideHeight, r.spanHeight, r.padTop, shape.outHeight);
  const columns = extent(own.tc, r.strideWidth, r.spanWidth, r.padLeft, shape.outWidth);
  return (Math.ceil(rows / tr) - 1) * pixelTilesPerRow + Math.ceil(columns / tc);
}

/** The same, up to the last window that the reader reads at all: strides may leave out the edge. */
function lastWindow({ shape }: Layer, source: TileEngine, { shape: r }: Layer): number {
  const rows = extent(r.outHeight, r.strideHeight, r.spanHeight, r.padTop, shape.outHeight);
  const columns = extent(r.outWidth, r.strideWidth, r.spanWidth, r.padLeft, shape.outWidth);
  if (rows === shape.outHeight && columns === shape.outWidth) return source.pixelTiles;
  return (Math.ceil(rows / source.tr) - 1) * source.pixelTilesPerRow + Math.ceil(columns / source.tc);
}

/** Number of a source's rows (or columns) under the first `size` rows of its reader, without padding. */
function extent(size: number, stride: number, span: number, pad: number, sourceSize: number): number {
  return Math.max(1, Math.min(sourceSize, (size - 1) * stride + span - pad));
}
