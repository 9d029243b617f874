import { topologicalGenerations } from 'graphology-dag';
import { escaped } from '../../base/escaped.js';
import type { Architecture, SearchSpace } from '../../spaces/space.js';

const [COLUMN, ROW, BOX, HEIGHT] = [104, 40, 84, 24];
/** Longest row of a chain; longer chains are continued below. */
const COLUMNS = 8;

interface Placed {
  readonly name: string;
  readonly kind: string;
  readonly x: number;
  readonly y: number;
}

/**
 * A network as SVG: its predictor graph without operations that do not reach the output, from left to right
 * by the longest path from the input.
 */
export function drawNetwork(space: SearchSpace, architecture: Architecture): string {
  const graph = space.toPredictorGraph(architecture);
  const columns = topologicalGenerations(graph)
    .map((names) => names.filter((name) => graph.getNodeAttribute(name, 'alive')))
    .filter(({ length }) => length > 0);
  const rows = Math.max(...columns.map(({ length }) => length));
  const lines = Math.ceil(columns.length / COLUMNS);
  const width = Math.min(columns.length, COLUMNS) * COLUMN;
  const placed = new Map<string, Placed>();
  columns.forEach((names, column) => {
    const top = Math.floor(column / COLUMNS) * rows * ROW + ((rows - names.length) * ROW) / 2;
    names.forEach((name, row) => {
      const x = (column % COLUMNS) * COLUMN + COLUMN / 2;
      const kind = graph.getNodeAttribute(name, 'kind');
      placed.set(name, { name, kind, x, y: top + row * ROW + ROW / 2 });
    });
  });
  const curves = graph.mapEdges((_edge, _attributes, from, to) => {
    const [a, b] = [placed.get(from), placed.get(to)];
    return a && b ? curve(a, b) : '';
  });
  return [
    `<svg viewBox="0 0 ${width} ${lines * rows * ROW}" width="${width}" role="img">`,
    `<title>${escaped(space.format(architecture))}</title>`,
    ...curves,
    ...Array.from(placed.values(), (node) => box(node, colourOf(space, node.kind))),
    '</svg>',
  ].join('');
}

function curve(a: Placed, b: Placed): string {
  const [x1, x2] = [a.x + BOX / 2, b.x - BOX / 2];
  const middle = (x1 + x2) / 2;
  return `<path d="M${x1} ${a.y}C${middle} ${a.y} ${middle} ${b.y} ${x2} ${b.y}" fill="none" stroke="#8a94a0"/>`;
}

function box({ name, kind, x, y }: Placed, colour: string): string {
  const rect = `<rect x="${x - BOX / 2}" y="${y - HEIGHT / 2}" width="${BOX}" height="${HEIGHT}" rx="6"`;
  const text = kind.length > 13 ? `${kind.slice(0, 12)}…` : kind;
  return (
    `<g><title>${escaped(name)}: ${escaped(kind)}</title>${rect} fill="${colour}"/>` +
    `<text x="${x}" y="${y + 4}" text-anchor="middle">${escaped(text)}</text></g>`
  );
}

/** Pale colours: the operations of a space around the hue circle, grey for anything else. */
function colourOf({ unitNames }: SearchSpace, kind: string): string {
  const place = unitNames.indexOf(kind);
  return place < 0 ? '#e3e6ea' : `hsl(${Math.round((360 * place) / unitNames.length)} 65% 86%)`;
}
