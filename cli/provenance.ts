import { basename } from 'node:path';
import type { DeviceSamples } from '../src/datasets/load.js';
import type { DataSource, DeviceFacts } from '../src/predictors/train.js';

/** Where samples come from, as a predictor's card says it: what their own card says, as far as there is one. */
export function dataSourceOf(file: string, { card, sha256, columns }: DeviceSamples): DataSource {
  const { name = basename(file), source = 'unknown', licence = 'unknown' } = card ?? {};
  return { name, source, licence, sha256, columns: [...columns] };
}

/** What is known of their device. */
export function deviceFactsOf({ card, device }: DeviceSamples): DeviceFacts {
  const known = card?.devices.find(({ id }) => id === device);
  return known ?? { description: device, batchSize: null, precision: null };
}

/** What a run reads of its file, and which columns nothing is made of: one line, to be said before it begins. */
export function readingLine({ columns, device, metric }: DeviceSamples): string {
  const used = columns.find(
    (column) => 'metric' in column && column.metric === metric.name && (column.device ?? device) === device,
  );
  const leftOut = columns.flatMap((column) => ('leftOut' in column ? [column.column] : []));
  const others = leftOut.length > 0 ? `; left out: ${leftOut.join(', ')}` : '';
  return `${used?.column}: ${metric.name} of ${device} in ${metric.unit}${others}`;
}
