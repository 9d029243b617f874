import { EDGES } from '../../../src/spaces/nasbench201/edges.js';

export type CellOperation = 'none' | 'skip_connect' | 'nor_conv_1x1' | 'nor_conv_3x3' | 'avg_pool_3x3';

export const CELL_OPERATIONS: readonly {
  readonly id: CellOperation;
  readonly label: string;
  readonly title: string;
}[] = [
  { id: 'none', label: 'none', title: 'no connection' },
  { id: 'skip_connect', label: 'skip', title: 'skip connection' },
  { id: 'nor_conv_1x1', label: '1×1', title: '1×1 convolution' },
  { id: 'nor_conv_3x3', label: '3×3', title: '3×3 convolution' },
  { id: 'avg_pool_3x3', label: 'pool', title: '3×3 average pooling' },
];

/** One operation per edge. */
export type Cell = readonly CellOperation[];

export function formatCell(cell: Cell): string {
  const edge = (k: number) => `${cell[k]}~${EDGES[k][0]}|`;
  return `|${edge(0)}+|${edge(1)}${edge(2)}+|${edge(3)}${edge(4)}${edge(5)}`;
}

/** @returns undefined if the text is no cell */
export function parseCell(text: string): Cell | undefined {
  const cell = [...text.matchAll(/(\w+)~\d/g)].map(([, operation]) => operation as CellOperation);
  return cell.length === EDGES.length && cell.every(isOperation) && formatCell(cell) === text
    ? cell
    : undefined;
}

export function randomCell(): Cell {
  return EDGES.map(() => CELL_OPERATIONS[Math.floor(Math.random() * CELL_OPERATIONS.length)].id);
}

/** For each edge, whether its operation lies on a path from input to output. */
export function aliveEdges(cell: Cell): boolean[] {
  const carries = (k: number) => cell[k] !== 'none';
  const reached = new Set([0]);
  for (const [k, [from, to]] of EDGES.entries()) if (carries(k) && reached.has(from)) reached.add(to);
  const leads = new Set([3]);
  for (const [k, [from, to]] of [...EDGES.entries()].reverse())
    if (carries(k) && leads.has(to)) leads.add(from);
  return EDGES.map(([from, to], k) => carries(k) && reached.has(from) && leads.has(to));
}

function isOperation(text: string): text is CellOperation {
  return CELL_OPERATIONS.some(({ id }) => id === text);
}
