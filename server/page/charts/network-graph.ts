import type { NetworkOperator } from '../api/accelerators.js';

const SVG = 'http://www.w3.org/2000/svg';
const BOX = { width: 148, height: 34 };
const GAP = { x: 14, y: 18 };

/** Operators drawn as part of the one whose output they read: they do not change the shape of the graph. */
const ABSORBED = new Set([
  'batchNorm',
  'relu',
  'relu6',
  'swish',
  'hardSwish',
  'sigmoid',
  'hardSigmoid',
  'identity',
  'clip',
]);

interface Box {
  readonly label: string;
  readonly shape: string;
  readonly title: string;
  readonly reads: Set<number>;
  rank: number;
  place: number;
}

/** Draws a network from top to bottom: each operator with its activation is a box, in a row below all its inputs. */
export function drawOperators(operators: readonly NetworkOperator[]): SVGSVGElement {
  const boxes = boxesOf(operators);
  const rows = rowsOf(boxes);
  const width = Math.max(...rows.map(({ length }) => length)) * (BOX.width + GAP.x);
  const height = rows.length * (BOX.height + GAP.y);
  const centre = (box: Box) => {
    const row = rows[box.rank].length * (BOX.width + GAP.x);
    return (width - row) / 2 + (box.place + 0.5) * (BOX.width + GAP.x);
  };
  const top = ({ rank }: Box) => rank * (BOX.height + GAP.y);
  const svg = element('svg', {
    class: 'network',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'img',
  });
  svg.append(withText('title', `Network of ${operators.length} operators in ${rows.length} rows`));
  for (const box of boxes) {
    for (const from of box.reads) {
      const source = boxes[from];
      const [x1, y1, x2, y2] = [centre(source), top(source) + BOX.height, centre(box), top(box)];
      const bend = Math.max(GAP.y, (y2 - y1) / 2);
      svg.append(
        element('path', {
          class: 'wire',
          d: `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`,
        }),
      );
    }
  }
  for (const box of boxes) svg.append(drawnBox(box, centre(box), top(box)));
  return svg;
}

/** Boxes in the order of the operators; absorbed operators are named in the box they belong to. */
function boxesOf(operators: readonly NetworkOperator[]): Box[] {
  const readers = new Map<string, number>();
  for (const input of operators.flatMap(({ inputs }) => inputs))
    readers.set(input, (readers.get(input) ?? 0) + 1);
  const boxOf = new Map<string, number>();
  const boxes: Box[] = [];
  for (const { name, kind, inputs, shape, macs, parameters } of operators) {
    const [only] = inputs;
    if (ABSORBED.has(kind) && inputs.length === 1 && readers.get(only) === 1) {
      boxOf.set(name, boxOf.get(only)!);
      continue;
    }
    const reads = new Set(inputs.map((input) => boxOf.get(input)!));
    const rank = Math.max(-1, ...[...reads].map((from) => boxes[from].rank)) + 1;
    boxOf.set(name, boxes.length);
    const title = `${name}: ${kind}, ${macs.toLocaleString('en')} MACs, ${parameters.toLocaleString('en')} parameters`;
    boxes.push({ label: kind, shape: shape.join(' × '), title, reads, rank, place: 0 });
  }
  return boxes;
}

/** Boxes by row, each as close as possible to the middle of its inputs. */
function rowsOf(boxes: readonly Box[]): Box[][] {
  const rows: Box[][] = [];
  for (const box of boxes) {
    rows[box.rank] ??= [];
    rows[box.rank].push(box);
  }
  for (const row of rows) {
    const wish = (box: Box) => {
      const places = [...box.reads].map((from) => boxes[from].place - rows[boxes[from].rank].length / 2);
      return places.reduce((sum, place) => sum + place, 0) / (places.length || 1);
    };
    row.sort((a, b) => wish(a) - wish(b));
    row.forEach((box, place) => {
      box.place = place;
    });
  }
  return rows;
}

function drawnBox({ label, shape, title }: Box, x: number, y: number): SVGElement {
  const group = element('g', { class: 'operator', transform: `translate(${x} ${y})` });
  const { width, height } = BOX;
  group.append(
    withText('title', title),
    element('rect', { class: label, x: -width / 2, width, height, rx: 7 }),
  );
  group.append(withText('text', label, { y: 14 }), withText('text', shape, { y: 28, class: 'shape' }));
  return group;
}

function withText(tag: 'title' | 'text', content: string, attributes: Record<string, string | number> = {}) {
  const made = element(tag, attributes);
  made.textContent = content;
  return made;
}

function element<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Record<string, string | number>) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}
