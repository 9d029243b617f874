import type { Accelerator } from '../../api/accelerators.js';
import type { Column, Table } from '../http/downloads.js';
import { sliced } from './lots.js';

const ACCELERATOR_COLUMNS: Column<Accelerator>[] = [
  { name: 'id', type: 'STRING', value: ({ id }) => id },
  { name: 'description', type: 'STRING', value: ({ description }) => description },
  { name: 'precision', type: 'STRING', value: ({ precision }) => precision },
  { name: 'parameters', type: 'JSON', value: ({ parameters }) => parameters },
];

export function acceleratorTable(accelerators: readonly Accelerator[]): Table<Accelerator> {
  return { name: 'accelerators', columns: ACCELERATOR_COLUMNS, rows: sliced(accelerators) };
}
