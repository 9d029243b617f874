import { MultiDirectedGraph } from 'graphology';
import { InputError } from '../../base/errors.js';
import type { OperatorGraph } from '../graph.js';
import { graphmlDocument, graphmlOf } from './graphml.js';
import { type NetworkDocument, networkDocument, networkOfDocument } from './network-document.js';

/** Forms in which networks leave and enter: Graphology's own JSON, and GraphML (for Gephi, yEd, NetworkX …). */
export const NETWORK_FORMATS = ['json', 'graphml'] as const;
export type NetworkFormat = (typeof NETWORK_FORMATS)[number];

/** A network as the text of a file. */
export function writeNetwork(network: OperatorGraph, format: NetworkFormat): string {
  const document = networkDocument(network);
  return format === 'json' ? JSON.stringify(document.export(), null, 2) : graphmlOf(document);
}

/**
 * A network from the text of a file that `writeNetwork` made, or that another program changed since.
 *
 * @throws InputError if the text is of another form, or naming the node at fault
 */
export function readNetworkFile(text: string, format: NetworkFormat): OperatorGraph {
  let document: NetworkDocument;
  try {
    document =
      format === 'json'
        ? (MultiDirectedGraph.from(JSON.parse(text)) as NetworkDocument)
        : graphmlDocument(text);
  } catch (error) {
    throw new InputError(`this is no graph in ${format}: ${(error as Error).message}`);
  }
  return networkOfDocument(document);
}
