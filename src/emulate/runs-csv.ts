import { stringify } from 'csv-stringify/sync';
import { outputColumns, outputCount } from './columns.js';
import type { Runs } from './runs.js';

/** Runs as a CSV that `readRuns` reads: a column per input and per number of the outputs. */
export function runsCsv({ inputs, outputs, count, x, y }: Runs): string {
  const [width, columns] = [inputs.length, outputCount(outputs)];
  const rows = Array.from({ length: count }, (_, run) => [
    ...x.subarray(run * width, (run + 1) * width),
    ...y.subarray(run * columns, (run + 1) * columns),
  ]);
  return stringify([[...inputs.map(({ name }) => name), ...outputColumns(outputs)], ...rows]);
}
