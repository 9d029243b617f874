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
