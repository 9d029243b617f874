import { MultiDirectedGraph } from 'graphology';
import { InputError } from '../../base/errors.js';
import type { OperatorGraph } from '../graph.js';
import { graphmlDocument, graphmlOf } from './graphml.js';
import { type NetworkDocument, networkDocument, networkOfDocument } from './network-document.js';

/** File formats for networks: Graphology's own JSON, and GraphML (for Gephi, yEd, NetworkX …). */
export const NETWORK_FORMATS = ['json', 'graphml'] as const;
export type NetworkFormat = (typeof NETWORK_FORMATS)[number];

/** The text of a network file. */
export function writeNetwork(network: OperatorGraph, format: NetworkFormat): string {
  const document = networkDocument(network);
  return format === 'json' ? JSON.stringify(document.export(), null, 2) : graphmlOf(document);
}

/**
 * Reads the text of a network file that `writeNetwork` made; another program may have changed it since.
 *
 * @throws InputError if the text has another format, or naming the node at fault
 */
export function readNetworkFile(text: string, format: NetworkFormat): OperatorGraph {
  let document: NetworkDocument;
  try {
    document =
      format === 'json'
        ? (MultiDirectedGraph.from(JSON.parse(text)) as NetworkDocument)
        : graphmlDocument(text);
  } catch (error) {
    throw new InputError(`this is not a graph in ${format}: ${(error as Error).message}`);
  }
  return networkOfDocument(document);
}
