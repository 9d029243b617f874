import type { DatasetsAnswer } from '../../api/datasets.js';
import type { DatasetCard } from '../../src/datasets/card.js';
import { csvRows } from '../../src/datasets/csv.js';
import type { Column, Table } from '../http/downloads.js';
import { sliced } from './lots.js';

/** A listed dataset: its card, or why that cannot be read. */
interface ListedDataset {
  readonly name: string;
  readonly card?: DatasetCard;
  readonly problem?: string;
}

const DATASET_COLUMNS: Column<ListedDataset>[] = [
  { name: 'name', type: 'STRING', value: ({ name }) => name },
  { name: 'space', type: 'STRING', value: ({ card }) => card?.space },
  { name: 'dead_operations', type: 'STRING', value: ({ card }) => card?.deadOperations },
  { name: 'rows', type: 'INT64', value: ({ card }) => card?.rows },
  { name: 'devices', type: 'JSON', value: ({ card }) => card?.devices },
  { name: 'method', type: 'STRING', value: ({ card }) => card?.method },
  { name: 'measurement', type: 'JSON', value: ({ card }) => card?.measurement },
  { name: 'source', type: 'STRING', value: ({ card }) => card?.source },
  { name: 'licence', type: 'STRING', value: ({ card }) => card?.licence },
  { name: 'sha256', type: 'STRING', value: ({ card }) => card?.sha256 },
  { name: 'created_at', type: 'TIMESTAMP', value: ({ card }) => card && new Date(card.createdAt) },
  { name: 'problem', type: 'STRING', value: ({ problem }) => problem },
];

/** Datasets, then those whose card cannot be read. */
export function datasetsTable({ datasets, problems }: DatasetsAnswer): Table<ListedDataset> {
  const all = [...datasets, ...problems.map(({ name, message }) => ({ name, problem: message }))];
  return { name: 'datasets', columns: DATASET_COLUMNS, rows: sliced(all) };
}

/** Columns of a dataset that are text; other columns hold numbers. */
const TEXT = ['arch', 'device'];

/**
 * The rows of a dataset, unchanged.
 *
 * @param file gzipped CSV
 * @throws InputError if it is damaged
 */
export async function sampleTable(name: string, file: string): Promise<Table<readonly string[]>> {
  const records: (readonly string[])[] = [];
  for await (const { record } of csvRows(file)) records.push(record);
  const [header, ...rows] = records;
  const columns = header.map((column, i): Column<readonly string[]> => {
    if (TEXT.includes(column) || rows.some((row) => Number.isNaN(Number(row[i])))) {
      return { name: column, type: 'STRING', value: (row) => row[i] };
    }
    return { name: column, type: 'DOUBLE', value: (row) => (row[i] === '' ? null : Number(row[i])) };
  });
  return { name, columns, rows: sliced(rows) };
}
