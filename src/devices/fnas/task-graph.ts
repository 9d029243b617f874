import { DirectedGraph } from 'graphology';
import type { Layer, LayerInput } from '../lowering/layer.js';
import { type Reuse, taskAt } from './schedule.js';
import type { TileEngine } from './tiles.js';

/** A task of an engine, or a tile of data, which is available once everything that it depends on is. */
export type Vertex =
  | { readonly kind: 'task'; readonly layer: number; readonly position: number }
  | { readonly kind: 'inputTile' | 'outputTile' };

/** The tasks of a network as a graph. Edges lead from a prerequisite to what needs it. */
export type TaskGraph = DirectedGraph<Vertex>;

/** Key of the task at a position in a layer's schedule. */
export function taskKey(layer: number, position: number): string {
  return `task ${layer} ${position}`;
}

/**
 * FNAS-GG: the tile-task graph of a network (Jiang et al., DAC 2019). An output tile is complete after its
 * ⌈N/Tn⌉ tasks and feeds every input tile of a reader whose channels and window overlap it; Tm of a layer and
 * Tn of its reader need not be equal. A task needs its input tile.
 *
 * @param engines of each layer
 * @param reuse of each layer, which determines the order and so the numbers of its tasks
 */
export function taskGraph(
  layers: readonly Layer[],
  engines: readonly TileEngine[],
  reuse: readonly Reuse[],
): TaskGraph {
  const graph: TaskGraph = new DirectedGraph();
  for (const [i, layer] of layers.entries()) {
    const engine = engines[i];
    const { inputTiles, outputTiles, pixelTiles } = engine;
    const grouped = layer.shape.groups > 1;
    for (let window = 0; window < pixelTiles; window++) {
      for (let output = 0; output < outputTiles; output++) {
        graph.addNode(outputTileKey(i, window, output), { kind: 'outputTile' });
      }
      for (let input = 0; input < inputTiles; input++) {
        // Groups read their own channels, so their input tile also depends on the output tile.
        for (let output = 0; output < (grouped ? outputTiles : 1); output++) {
          const key = inputTileKey(i, window, input, output);
          graph.addNode(key, { kind: 'inputTile' });
          const channels = channelsRead(layer, engine, input, output);
          for (const source of layer.inputs) {
            addSources(graph, key, source, layers, engines, layer, engine, window, channels);
          }
        }
      }
    }
    for (let position = 0; position < inputTiles * outputTiles * pixelTiles; position++) {
      const key = taskKey(i, position);
      const { window, inputTile, outputTile } = taskAt(engine, reuse[i], position);
      graph.addNode(key, { kind: 'task', layer: i, position });
      graph.addDirectedEdge(inputTileKey(i, window, inputTile, grouped ? outputTile : 0), key);
      graph.addDirectedEdge(key, outputTileKey(i, window, outputTile));
    }
  }
  return graph;
}

function outputTileKey(layer: number, window: number, tile: number): string {
  return `out ${layer} ${window} ${tile}`;
}

function inputTileKey(layer: number, window: number, tile: number, outputTile: number): string {
  return `in ${layer} ${window} ${tile} ${outputTile}`;
}

type Range = readonly [start: number, end: number];

/** Channels of all groups under an input tile: a range for each group to which the output tile belongs. */
function channelsRead({ shape }: Layer, engine: TileEngine, inputTile: number, outputTile: number): Range[] {
  const { inChannels, outChannels, groups } = shape;
  const outputsPerGroup = outChannels / groups;
  const firstGroup = Math.floor((outputTile * engine.tm) / outputsPerGroup);
  const lastOutput = Math.min(outChannels, (outputTile + 1) * engine.tm) - 1;
  const ranges: Range[] = [];
  for (
    let group = groups === 1 ? 0 : firstGroup;
    group <= Math.floor(lastOutput / outputsPerGroup);
    group++
  ) {
    const start = inputTile * engine.tn;
    const end = Math.min(inChannels, start + engine.tn);
    ranges.push([group * inChannels + start, group * inChannels + end]);
  }
  return ranges;
}

/** Adds edges from the output tiles of a source that an input tile overlaps. */
function addSources(
  graph: TaskGraph,
  key: string,
  source: LayerInput,
  layers: readonly Layer[],
  engines: readonly TileEngine[],
  reader: Layer,
  readerEngine: TileEngine,
  window: number,
  channels: readonly Range[],
): void {
  const { shape } = layers[source.layer];
  const { tm, tr, tc, outputTiles, pixelTilesPerRow, pixelTiles } = engines[source.layer];
  const tiles = new Set<number>();
  for (const [start, end] of channels) {
    // A stream that joins several sources has more channels than each source.
    const last = Math.min(outputTiles, Math.ceil(end / tm)) - 1;
    for (let tile = Math.min(last, Math.floor(start / tm)); tile <= last; tile++) tiles.add(tile);
  }
  const r = reader.shape;
  const [row, column] = [
    Math.floor(window / readerEngine.pixelTilesPerRow),
    window % readerEngine.pixelTilesPerRow,
  ];
  const windowRows = pixelTiles / pixelTilesPerRow;
  const [rows, columns] = source.whole
    ? [
        [0, windowRows - 1],
        [0, pixelTilesPerRow - 1],
      ]
    : [
        tilesUnder(
          row,
          readerEngine.tr,
          r.outHeight,
          r.strideHeight,
          r.spanHeight,
          r.padTop,
          shape.outHeight,
          tr,
        ),
        tilesUnder(
          column,
          readerEngine.tc,
          r.outWidth,
          r.strideWidth,
          r.spanWidth,
          r.padLeft,
          shape.outWidth,
          tc,
        ),
      ];
  for (let y = rows[0]; y <= rows[1]; y++) {
    for (let x = columns[0]; x <= columns[1]; x++) {
      for (const tile of tiles) {
        graph.addDirectedEdge(outputTileKey(source.layer, y * pixelTilesPerRow + x, tile), key);
      }
    }
  }
}

/** First and last window of a source, along one axis, under a window of its reader. */
function tilesUnder(
  window: number,
  tile: number,
  outExtent: number,
  stride: number,
  span: number,
  pad: number,
  sourceExtent: number,
  sourceTile: number,
): Range {
  const lastPixel = Math.min(outExtent, (window + 1) * tile) - 1;
  const start = Math.min(sourceExtent - 1, Math.max(0, window * tile * stride - pad));
  const end = Math.min(sourceExtent, Math.max(start + 1, lastPixel * stride - pad + span));
  return [Math.floor(start / sourceTile), Math.ceil(end / sourceTile) - 1];
}
