import { EDGES } from '../../../src/spaces/nasbench201/edges.js';
import { aliveEdges, CELL_OPERATIONS, type Cell, type CellOperation } from './cell.js';

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 560;
const HEIGHT = 180;
const BASE = 102;
const NODES = [
  { x: 40, y: BASE, label: 'in' },
  { x: 200, y: BASE, label: '1' },
  { x: 360, y: BASE, label: '2' },
  { x: 520, y: BASE, label: 'out' },
];
/** How far each edge bows from the straight line, in pixels; upwards is negative. */
const BOWS = [0, -90, 0, -170, 120, 0];
const RADIUS = 21;

/** Draws a cell: four nodes, and the operation on each edge; dead operations are grey. */
export function drawCell(cell: Cell): SVGSVGElement {
  const alive = aliveEdges(cell);
  const svg = element('svg', { class: 'cell', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img' });
  svg.append(titled(describe(cell, alive)), arrowheads());
  EDGES.forEach((_, k) => {
    svg.append(edgeCurve(k, cell, alive[k]));
  });
  EDGES.forEach((_, k) => {
    if (cell[k] !== 'none') svg.append(edgeLabel(k, cell, alive[k]));
  });
  for (const { x, y, label } of NODES) {
    const node = element('g', { class: 'node', transform: `translate(${x} ${y})` });
    node.append(element('circle', { r: RADIUS }), text(label));
    svg.append(node);
  }
  return svg;
}

function edgeCurve(k: number, cell: Cell, alive: boolean): SVGElement {
  const [from, to] = EDGES[k].map((n) => NODES[n]);
  const control = { x: (from.x + to.x) / 2, y: BASE + BOWS[k] };
  const start = towards(from, control, RADIUS);
  const end = towards(to, control, RADIUS + 7);
  return element('path', {
    class: `edge ${look(cell[k], alive)} ${cell[k] === 'none' ? 'absent' : ''}`,
    d: `M${start.x} ${start.y}Q${control.x} ${control.y} ${end.x} ${end.y}`,
    'marker-end': cell[k] === 'none' ? '' : `url(#arrow-${look(cell[k], alive)})`,
  });
}

function edgeLabel(k: number, cell: Cell, alive: boolean): SVGElement {
  const [from, to] = EDGES[k].map((n) => NODES[n]);
  const { label } = CELL_OPERATIONS.find(({ id }) => id === cell[k])!;
  const group = element('g', {
    class: `label ${look(cell[k], alive)}`,
    transform: `translate(${(from.x + to.x) / 2} ${BASE + BOWS[k] / 2})`,
  });
  group.append(element('rect', { x: -25, y: -13, width: 50, height: 26, rx: 13 }), text(label));
  return group;
}

/** The class that gives an edge its colour. */
function look(operation: CellOperation, alive: boolean): string {
  return alive ? operation : 'dead';
}

/** The point at a distance from `from` on the way to `to`. */
function towards(from: { x: number; y: number }, to: { x: number; y: number }, distance: number) {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const share = distance / length;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

function arrowheads(): SVGElement {
  const defs = element('defs', {});
  for (const id of [...CELL_OPERATIONS.map((operation) => operation.id), 'dead']) {
    const marker = element('marker', {
      id: `arrow-${id}`,
      class: `arrow ${id}`,
      viewBox: '0 0 8 8',
      refX: 5,
      refY: 4,
      markerWidth: 4,
      markerHeight: 4,
      orient: 'auto',
    });
    marker.append(element('path', { d: 'M0 0 8 4 0 8Z' }));
    defs.append(marker);
  }
  return defs;
}

function describe(cell: Cell, alive: readonly boolean[]): string {
  const edges = EDGES.map(([from, to], k) => `${from} to ${to} ${cell[k]}${alive[k] ? '' : ' (no effect)'}`);
  return `Cell of four nodes: ${edges.join(', ')}`;
}

function titled(content: string): SVGElement {
  const title = element('title', {});
  title.textContent = content;
  return title;
}

function text(content: string): SVGElement {
  const label = element('text', { 'text-anchor': 'middle', dy: '0.35em' });
  label.textContent = content;
  return label;
}

function element<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Record<string, string | number>,
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}
