import { totalCost } from '../network/cost.js';
import type { OperatorGraph } from '../network/graph.js';
import { predictorGraph } from './predictor-graph.js';
import type { Architecture, SearchSpace } from './space.js';

/** A layer as a predictor sees it. A space has each possible layer once, so layers can be compared by identity. */
export interface ChainLayer {
  readonly name: string;
  readonly inChannels: number;
  readonly outChannels: number;
  /** Height and width of the input in pixels. */
  readonly resolution: number;
}

/** A space whose networks are chains of layers. */
export interface ChainSpace<L extends ChainLayer> {
  /** Largest number of layers in a network. */
  readonly longest: number;
  /** Layers that include the smallest and largest by channels, resolution, MACs and parameters. */
  readonly extremes: readonly L[];
  /** The layers of an architecture in the order of computation. */
  readonly layersOf: (architecture: Architecture) => readonly L[];
  /** The graph of a single layer. */
  readonly networkOf: (layer: L) => OperatorGraph;
  /** Features that are 0 or 1, with the same names for every layer. */
  readonly indicatorsOf: (layer: L) => Readonly<Record<string, boolean>>;
  /** The kind of a layer in the space's terms: `mbconv_e6_k5`. */
  readonly kindOf: (layer: L) => string;
}

/** Base-2 logarithms, scaled to 0 … 1 between the minimum and maximum over all possible layers. */
const LOGARITHMS = ['log_in_channels', 'log_out_channels', 'log_resolution', 'log_macs', 'log_parameters'];

interface LayerRow {
  readonly macs: number;
  /** Its input and all tensors that it makes, in MiB of float32. */
  readonly traffic: number;
  /** The layer's row of node features. */
  readonly features: Float32Array;
}

/** Predictor graphs and MACs of a space of chains of layers, with a node per layer. */
export function layerChain<L extends ChainLayer>(
  space: ChainSpace<L>,
): Pick<SearchSpace, 'graph' | 'macs' | 'encode' | 'encodeTraffic' | 'toPredictorGraph'> {
  const nodes = space.longest;
  const features = ['exists', ...Object.keys(space.indicatorsOf(space.extremes[0])), ...LOGARITHMS];
  const rows = new Map<L, LayerRow>();
  let scale: ((logarithms: readonly number[]) => number[]) | undefined;

  const measure = (layer: L) => {
    const { macs, parameters, activationBytes } = totalCost(space.networkOf(layer));
    const { inChannels, outChannels, resolution } = layer;
    return {
      macs,
      traffic: activationBytes / 2 ** 20,
      logarithms: [inChannels, outChannels, resolution, macs, parameters].map(Math.log2),
    };
  };
  /** Costs and features of a layer, computed when it first occurs. */
  const rowOf = (layer: L): LayerRow => {
    let row = rows.get(layer);
    if (row === undefined) {
      scale ??= scaling(space.extremes.map((extreme) => measure(extreme).logarithms));
      const { logarithms, ...costs } = measure(layer);
      const indicators = Object.values(space.indicatorsOf(layer)).map(Number);
      row = { ...costs, features: Float32Array.from([1, ...indicators, ...scale(logarithms)]) };
      rows.set(layer, row);
    }
    return row;
  };

  return {
    graph: { nodes, features },
    macs: (architecture) => space.layersOf(architecture).reduce((sum, layer) => sum + rowOf(layer).macs, 0),
    encode(architecture, x, adjacency, row) {
      const firstFeature = row * nodes * features.length;
      const firstEdge = row * nodes * nodes;
      for (const [node, layer] of space.layersOf(architecture).entries()) {
        x.set(rowOf(layer).features, firstFeature + node * features.length);
        if (node > 0) adjacency[firstEdge + node * nodes + node - 1] = 1;
      }
    },
    encodeTraffic(architecture, traffic, row) {
      for (const [node, layer] of space.layersOf(architecture).entries()) {
        traffic[row * nodes + node] = rowOf(layer).traffic;
      }
    },
    toPredictorGraph(architecture) {
      const layers = space.layersOf(architecture);
      const ends = [0, layers.length - 1];
      const chain = layers.map((layer, i) => {
        const values = Array.from(rowOf(layer).features, (value, column) => [features[column], value]);
        const node = { kind: space.kindOf(layer), alive: true, features: Object.fromEntries(values) };
        return [ends.includes(i) ? layer.name : `${layer.name}.${i}`, node] as const;
      });
      return predictorGraph(
        chain,
        chain.slice(1).map(([name], i) => [chain[i][0], name] as const),
      );
    },
  };
}

/** One indicator per option: `{ kernel3: false, kernel5: true }`. Without a value, all are false. */
export function oneHotIndicators(
  name: string,
  options: Iterable<number>,
  value: number | false,
): Record<string, boolean> {
  return Object.fromEntries(Array.from(options, (option) => [`${name}${option}`, option === value]));
}

/** Scales each column of the rows to 0 … 1. */
function scaling(rows: readonly (readonly number[])[]): (row: readonly number[]) => number[] {
  const least = rows[0].map((_, j) => Math.min(...rows.map((row) => row[j])));
  const greatest = rows[0].map((_, j) => Math.max(...rows.map((row) => row[j])));
  return (row) => row.map((value, j) => (value - least[j]) / (greatest[j] - least[j]));
}
