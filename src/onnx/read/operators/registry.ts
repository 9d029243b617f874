import type { TensorNode } from '../tensor-graph.js';
import { ATTENTION, RUNTIME_ATTENTION } from './attention.js';
import { CONVOLUTIONS, RUNTIME_CONVOLUTIONS } from './convolutions.js';
import { ELEMENTWISE, RUNTIME_ELEMENTWISE } from './elementwise.js';
import { LAYOUTS, RUNTIME_LAYOUTS } from './layouts.js';
import { NORMALISATIONS, RUNTIME_NORMALISATIONS } from './normalisations.js';
import type { OperatorRow, OperatorRows } from './operator-row.js';
import { PRODUCTS, RUNTIME_PRODUCTS } from './products.js';
import { RECURRENT, RUNTIME_RECURRENT } from './recurrent.js';

const rowsOf = (...rows: OperatorRows[]) => new Map(rows.flatMap((each) => Object.entries(each)));

const RUNTIME = rowsOf(
  RUNTIME_CONVOLUTIONS,
  RUNTIME_PRODUCTS,
  RUNTIME_ATTENTION,
  RUNTIME_RECURRENT,
  RUNTIME_NORMALISATIONS,
  RUNTIME_ELEMENTWISE,
  RUNTIME_LAYOUTS,
);

/** Rows by domain. An operator without a row has shapes, but none of its costs are counted. */
const ROWS: ReadonlyMap<string, ReadonlyMap<string, OperatorRow>> = new Map([
  ['', rowsOf(CONVOLUTIONS, PRODUCTS, ATTENTION, RECURRENT, NORMALISATIONS, ELEMENTWISE, LAYOUTS)],
  ['com.microsoft', RUNTIME],
  ['com.microsoft.nchwc', RUNTIME],
]);

const NOTHING: OperatorRow = {};

type OperatorName = Pick<TensorNode, 'domain' | 'operator'>;

/** Whether a node's operator has a row. */
export function hasRow({ domain, operator }: OperatorName): boolean {
  return ROWS.get(domain)?.has(operator) ?? false;
}

/** The row of a node's operator. */
export function rowOf({ domain, operator }: OperatorName): OperatorRow {
  return ROWS.get(domain)?.get(operator) ?? NOTHING;
}
