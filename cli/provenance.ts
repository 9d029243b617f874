import { basename } from 'node:path';
import type { DeviceSamples } from '../src/datasets/load.js';
import { type Duplicates, describeRepeats } from '../src/datasets/repeats.js';
import type { DataSource, DeviceFacts } from '../src/predictors/train.js';
import type { SearchSpace } from '../src/spaces/space.js';

/** Where samples come from, for a predictor's card: taken from the samples' own card, if they have one. */
export function dataSourceOf(file: string, { card, sha256, columns }: DeviceSamples): DataSource {
  const { name = basename(file), source = 'unknown', licence = 'unknown' } = card ?? {};
  return { name, source, licence, sha256, columns: [...columns] };
}

/** What is known about the samples' device. */
export function deviceFactsOf({ card, device }: DeviceSamples): DeviceFacts {
  const known = card?.devices.find(({ id }) => id === device);
  return known ?? { description: device, batchSize: null, precision: null };
}

/**
 * Says what a run reads from its file, which columns it ignores, and which samples repeat others: a line or two to print
 * before it begins.
 */
export function readingLine(
  space: SearchSpace,
  { columns, device, metric, repeats }: DeviceSamples,
  duplicates: Duplicates = 'reject',
): string {
  const used = columns.find(
    (column) => 'metric' in column && column.metric === metric.name && (column.device ?? device) === device,
  );
  const leftOut = columns.flatMap((column) => ('leftOut' in column ? [column.column] : []));
  const others = leftOut.length > 0 ? `; left out: ${leftOut.join(', ')}` : '';
  const read = `${used?.column}: ${metric.name} of ${device} in ${metric.unit}${others}`;
  const repeated = describeRepeats(space, device, repeats, duplicates);
  return repeated === undefined ? read : `${read}\n${repeated}`;
}
