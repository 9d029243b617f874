import { Option } from 'commander';
import { InputError, quote } from '../src/base/errors.js';
import { loadDevices } from '../src/datasets/load.js';
import { SOURCE_SAMPLES, type SourceDevice, sourceDevice } from '../src/predictors/transfer/pool.js';
import { Transfer } from '../src/predictors/transfer/transfer.js';
import type { DeadOperations, SearchSpace } from '../src/spaces/space.js';
import {
  columnsOption,
  deadOperationsOption,
  duplicatesOption,
  integer,
  metricOption,
  type ReadingFlags,
  unitOption,
} from './options.js';
import { countBar } from './progress.js';

/** Options that say which devices are known, and how they are learned. */
export const sourceOptions = (): Option[] => [
  new Option(
    '--data <file...>',
    'CSVs of measurements of the source devices, every device of each file; FILE:pruned if dead operations were removed and no card says so',
  ),
  metricOption(),
  unitOption(),
  columnsOption(),
  duplicatesOption(),
  deadOperationsOption(
    "whether operations that can't reach the output were run on the new device (default: as in its card, otherwise timed)",
  ),
  new Option('--rows <n>', 'samples taken from each source device')
    .argParser(integer('rows', 2))
    .default(SOURCE_SAMPLES),
  new Option('--pool <file>', "file to keep the sources' network in, for reuse with the same sources"),
  new Option('--seed <n>', 'seed of all random choices').argParser(integer('seed')).default(1),
  new Option('--epochs <n>', "passes over the sources' samples (default: enough for 3,000 steps)").argParser(
    integer('epochs', 1),
  ),
  new Option('--threads <n>', 'threads of the training engine').argParser(integer('threads', 1)).default(2),
];

export interface SourceFlags extends ReadingFlags {
  data?: string[];
  rows: number;
  pool?: string;
  seed: number;
  epochs?: number;
  threads: number;
}

/**
 * Reads the source devices of all files, except for the device that is to be learned.
 *
 * @throws InputError if two files have a device with the same name
 */
export async function readSources(
  space: SearchSpace,
  { data = [], metric, unit, columns, duplicates, rows, seed }: SourceFlags,
  except?: string,
): Promise<SourceDevice[]> {
  const sources = new Map<string, SourceDevice>();
  for (const given of data) {
    const [, file, said] = /^(.*?)(?::(timed|pruned))?$/.exec(given)!;
    for (const { device, card, ...samples } of await loadDevices(file, {
      space,
      metric,
      unit,
      columns,
      duplicates,
    })) {
      if (device === except) continue;
      if (sources.has(device)) {
        throw new InputError(`the device ${quote(device)} is in another source too; name it differently`, {
          file,
        });
      }
      const dead = (said as DeadOperations | undefined) ?? card?.deadOperations ?? 'timed';
      sources.set(device, sourceDevice(space, device, dead, samples, rows, seed));
    }
  }
  return [...sources.values()];
}

/** Learns the sources with a bar, or reads the network kept of them. */
export async function learnSources(
  space: SearchSpace,
  sources: readonly SourceDevice[],
  deadOperations: DeadOperations,
  { pool: poolFile, seed, epochs, threads }: SourceFlags,
): Promise<Transfer> {
  const bar = countBar(`learning ${sources.length} source devices, epochs`);
  return Transfer.open({
    space,
    sources,
    deadOperations,
    seed,
    poolFile,
    options: { threads, ...(epochs === undefined ? {} : { epochs }) },
    hooks: { onEpoch: ({ epoch, epochs }) => bar.update(epoch, epochs) },
  }).finally(bar.stop);
}
