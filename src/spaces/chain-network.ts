import { OperatorGraph } from '../network/graph.js';
import type { ChainLayer } from './layer-chain.js';

/** Adds a layer's operators after `input`, and returns the name of the last one. */
export type AddLayer<L extends ChainLayer> = (
  graph: OperatorGraph,
  input: string,
  layer: L,
  name: string,
) => string;

/** The network of layers from stem to head, each of which reads the previous one; the stem determines the image. */
export function chainNetwork<L extends ChainLayer>(
  layers: readonly L[],
  addLayer: AddLayer<L>,
): OperatorGraph {
  const graph = new OperatorGraph();
  const [{ inChannels, resolution }] = layers;
  let x = graph.input([inChannels, resolution, resolution], 'image');
  for (const [i, layer] of layers.entries()) x = addLayer(graph, x, layer, `${layer.name}.${i}`);
  graph.output(x, 'logits');
  graph.validate();
  return graph;
}

/** The graph of a single layer. */
export function soloNetwork<L extends ChainLayer>(layer: L, addLayer: AddLayer<L>): OperatorGraph {
  const graph = new OperatorGraph();
  const input = graph.input([layer.inChannels, layer.resolution, layer.resolution]);
  graph.output(addLayer(graph, input, layer, layer.name));
  return graph;
}

/**
 * Adds the usual end of an image network, the mean of every channel and a linear layer; returns the name of
 * the last operator.
 */
export function addClassifier(graph: OperatorGraph, input: string, classes: number, name: string): string {
  const mean = graph.add({ kind: 'globalAvgPool' }, [input], `${name}.pool`);
  const flat = graph.add({ kind: 'flatten' }, [mean], `${name}.flatten`);
  return graph.add({ kind: 'linear', outFeatures: classes, bias: true }, [flat], `${name}.classifier`);
}
