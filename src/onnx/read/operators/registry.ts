import type { TensorNode } from '../tensor-graph.js';
import { CONVOLUTIONS, RUNTIME_CONVOLUTIONS } from './convolutions.js';
import { ELEMENTWISE } from './elementwise.js';
import { LAYOUTS } from './layouts.js';
import { NORMALISATIONS } from './normalisations.js';
import type { OperatorRow, OperatorRows } from './operator-row.js';
import { PRODUCTS, RUNTIME_PRODUCTS } from './products.js';
import { RECURRENT } from './recurrent.js';

const rowsOf = (...rows: OperatorRows[]) => new Map(rows.flatMap((each) => Object.entries(each)));

const RUNTIME = rowsOf(RUNTIME_CONVOLUTIONS, RUNTIME_PRODUCTS, {
  QAttention: { settings: [3, 4] },
});

/** By domain. An operator without a row has shapes, and costs nothing that is counted. */
const ROWS: ReadonlyMap<string, ReadonlyMap<string, OperatorRow>> = new Map([
  ['', rowsOf(CONVOLUTIONS, PRODUCTS, RECURRENT, NORMALISATIONS, ELEMENTWISE, LAYOUTS)],
  ['com.microsoft', RUNTIME],
  ['com.microsoft.nchwc', RUNTIME],
]);

const NOTHING: OperatorRow = {};

/** What is known of a node's operator. */
export function rowOf({ domain, operator }: TensorNode): OperatorRow {
  return ROWS.get(domain)?.get(operator) ?? NOTHING;
}
