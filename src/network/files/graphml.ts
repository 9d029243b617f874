import { MultiDirectedGraph } from 'graphology';
import { parse } from 'graphology-graphml';
import { escaped } from '../../base/escaped.js';
import type { NetworkDocument } from './network-document.js';

// graphology-graphml only reads GraphML.

/** GraphML's names for JavaScript's types. */
const TYPES: Readonly<Record<string, string>> = { string: 'string', number: 'double', boolean: 'boolean' };

/** A document as GraphML (http://graphml.graphdrawing.org/specification.html, sections 2.4 and 2.5). */
export function graphmlOf(document: NetworkDocument): string {
  const keys = new Map<string, string>();
  const data = (of: 'node' | 'edge', attributes: object) =>
    Object.entries(attributes).map(([name, value]) => {
      const key = `${of}_${name}`;
      keys.set(key, `<key id="${key}" for="${of}" attr.name="${name}" attr.type="${TYPES[typeof value]}"/>`);
      return `<data key="${key}">${escaped(String(value))}</data>`;
    });
  const nodes = document.mapNodes(
    (name, attributes) => `<node id="${escaped(name)}">${data('node', attributes).join('')}</node>`,
  );
  const edges = document.mapEdges(
    (_edge, attributes, from, to) =>
      `<edge source="${escaped(from)}" target="${escaped(to)}">${data('edge', attributes).join('')}</edge>`,
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
    ...keys.values(),
    '<graph id="network" edgedefault="directed">',
    ...nodes,
    ...edges,
    '</graph>',
    '</graphml>',
  ].join('\n');
}

/** @throws Error that says why the text is not GraphML */
export function graphmlDocument(text: string): NetworkDocument {
  return parse(MultiDirectedGraph, text) as NetworkDocument;
}
