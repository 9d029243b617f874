import type { Command } from 'commander';
import type { OperatorGraph } from '../arch/graph.js';
import { SampleTable } from '../datasets/sample-table.js';
import { writeDataset } from '../datasets/write.js';
import { analyticDevice, analyticDevices } from '../devices/catalogue.js';
import { type AnalyticDevice, NetworkDoesNotFitError } from '../devices/device.js';
import { InputError } from '../errors.js';
import { spaceNamed } from '../spaces/index.js';
import type { SearchSpace } from '../spaces/space.js';
import { spaceOption } from './options.js';
import { countBar } from './progress.js';

interface LabelFlags {
  space: string;
  device: string[];
  out: string;
}

/** `tempograph label`: latency of a whole search space on analytic devices, as a dataset. */
export function registerLabel(program: Command): void {
  program
    .command('label')
    .description('compute the latency of a whole search space on analytic devices')
    .addOption(spaceOption())
    .requiredOption(
      '--device <id...>',
      `analytic devices: ${analyticDevices.map(({ id }) => id).join(', ')}, or another codesign accelerator`,
    )
    .requiredOption('--out <file>', '.csv or .csv.gz; its card is written beside it')
    .addHelpText(
      'after',
      '\nExample:\n  $ tempograph label --space nasbench201 --device fnas:zcu102 --out zcu102.csv.gz',
    )
    .action(runLabel);
}

async function runLabel({ space: spaceName, device: ids, out }: LabelFlags): Promise<void> {
  if (!/\.csv(\.gz)?$/.test(out)) {
    throw new InputError(`${out} must end in .csv or .csv.gz`, { field: '--out' });
  }
  const space = spaceNamed(spaceName);
  const devices = ids.map((id) => analyticDevice(id));
  const names = devices.map(({ id }) => datasetName(id));
  const table = new SampleTable(space.slots.length);
  const bar = countBar('labelling');
  let misfits: number[];
  try {
    misfits = labelSpace(space, devices, table, (done) => bar.update(done, space.size));
  } finally {
    bar.stop();
  }
  for (const [i, count] of misfits.entries()) {
    if (count > 0) console.error(`${ids[i]}: ${count} networks do not fit and are left out`);
  }
  const card = await writeDataset(out, space, table, names, {
    name: out.replace(/^.*[\\/]/, '').replace(/\.csv(\.gz)?$/, ''),
    deadOperations: 'pruned',
    method: devices.map(describe).join('; '),
    source: `tempograph label --space ${space.name} ${ids.map((id) => `--device ${id}`).join(' ')}`,
    licence: 'MIT',
    about: (name) => ({
      description: devices[names.indexOf(name)].description,
      batchSize: 1,
      precision: devices[names.indexOf(name)].precision ?? null,
    }),
  });
  console.log(`${out}: ${card.rows} samples of ${devices.length} device(s)`);
}

/** Adds the latency of every architecture on every device; returns how many do not fit each. */
function labelSpace(
  space: SearchSpace,
  devices: readonly AnalyticDevice[],
  table: SampleTable,
  onProgress: (done: number) => void,
): number[] {
  const known = new Map<string, (number | undefined)[]>();
  const misfits = devices.map(() => 0);
  for (let index = 0; index < space.size; index++) {
    const architecture = space.at(index);
    const pruned = space.prune(architecture);
    const key = pruned.join();
    let latencies = known.get(key);
    if (latencies === undefined) {
      const network = space.toNetwork(pruned);
      latencies = devices.map((device) => latencyMs(device, network));
      known.set(key, latencies);
    }
    for (const [number, latency] of latencies.entries()) {
      if (latency === undefined) misfits[number]++;
      else table.add(architecture, number, latency, index + 1, false);
    }
    if (index % 64 === 0) onProgress(index);
  }
  onProgress(space.size);
  return misfits;
}

/** Latency of one inference, or undefined where the network does not fit. */
function latencyMs(device: AnalyticDevice, network: OperatorGraph): number | undefined {
  try {
    return device.latency(network).latencyMs;
  } catch (error) {
    if (error instanceof NetworkDoesNotFitError) return undefined;
    throw error;
  }
}

/** A device's identifier as it may stand in file names. */
function datasetName(id: string): string {
  return id.replace(':', '_');
}

function describe({ description, parameters }: AnalyticDevice): string {
  const values = parameters.map(({ name, value, unit }) => `${name} ${value} ${unit}`).join(', ');
  return `analytic model: ${description} (${values})`;
}
