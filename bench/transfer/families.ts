import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { loadDevices } from '../../src/datasets/load.js';
import { LATENCY } from '../../src/metrics/metric.js';
import { type SourceDevice, sourceDevice } from '../../src/predictors/transfer/pool.js';
import { spaceNamed } from '../../src/spaces/registry.js';
import type { Architecture, DeadOperations } from '../../src/spaces/space.js';
import { DATA } from '../data.js';

/** Devices of one search space, and how often each is learned. */
export interface Family {
  /** Name of the space. */
  readonly name: string;
  readonly files: readonly {
    readonly file: string;
    readonly deadOperations?: DeadOperations;
    /** Columns that are a formula and no measurement. */
    readonly formulas?: readonly string[];
    readonly duplicates?: 'mean';
    /** Columns of images per second that serve as sources. */
    readonly throughputs?: readonly string[];
  }[];
  /** Numbers of samples to learn from. */
  readonly samples: readonly number[];
  /** Each chooses other samples. */
  readonly seeds: readonly number[];
  /** Those of them for which methods run that train a network by gradient for every choice of samples. */
  readonly trainedSeeds: readonly number[];
}

const SAMPLES = [10, 20, 50];

/** The spaces beside NAS-Bench-201 have fewer seeds, so that all of them together take less than an hour. */
const FEWER = { seeds: [1, 2, 3], trainedSeeds: [1] };

export const FAMILIES: readonly Family[] = [
  {
    name: 'nasbench201',
    samples: SAMPLES,
    seeds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    trainedSeeds: [1, 2],
    files: [
      { file: 'nasbench201/latency.csv.gz', formulas: ['fpga'] },
      { file: 'nasbench201/latbench.csv.gz', deadOperations: 'pruned' },
    ],
  },
  {
    name: 'fbnet',
    samples: SAMPLES,
    ...FEWER,
    files: [{ file: 'fbnet/latency.csv.gz', formulas: ['fpga', 'pixel3'] }],
  },
  { name: 'ofa', samples: SAMPLES, ...FEWER, files: [{ file: 'ofa/latency.csv.gz' }] },
  {
    name: 'mnasnet',
    samples: [...SAMPLES, 100, 200],
    ...FEWER,
    files: [
      {
        file: 'accelnasbench/mnasnet_accel.csv.gz',
        duplicates: 'mean',
        throughputs: ['throughput_a100_img_s', 'throughput_3090_img_s'],
      },
    ],
  },
];

/** A device of a family; those that aren't tested only serve as sources. */
export interface FamilyDevice extends SourceDevice {
  readonly tested: boolean;
}

export async function loadFamily({ name, files }: Family): Promise<FamilyDevice[]> {
  const space = spaceNamed(name);
  const devices: FamilyDevice[] = [];
  for (const { file, deadOperations = 'timed', formulas = [], duplicates, throughputs = [] } of files) {
    const path = join(DATA, file);
    for (const samples of await loadDevices(path, { space, duplicates })) {
      if (formulas.includes(samples.device)) continue;
      devices.push({ ...sourceDevice(space, samples.device, deadOperations, samples), tested: true });
    }
    if (throughputs.length === 0) continue;
    const rows: Record<string, string>[] = parse(gunzipSync(readFileSync(path)), { columns: true });
    for (const column of throughputs) {
      const kept = rows.filter((row) => row[column] !== '');
      const architectures = kept.map(
        (row): Architecture => Uint8Array.from(space.slots, (slot) => slot.options.indexOf(row[slot.name])),
      );
      const latencyMs = Float64Array.from(kept, (row) => 1000 / Number(row[column]));
      devices.push({
        ...sourceDevice(space, column, deadOperations, { architectures, metric: LATENCY, values: latencyMs }),
        tested: false,
      });
    }
  }
  return devices;
}
