import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { InputError } from '../src/base/errors.js';
import { withoutCsvEnding } from '../src/datasets/csv.js';
import { SampleTable } from '../src/datasets/sample-table.js';
import { writeDataset } from '../src/datasets/write.js';
import { readBoards } from '../src/devices/board/board-file.js';
import { BOARDS } from '../src/devices/board/boards.js';
import { analyticDevices, analyticDevicesNamed } from '../src/devices/catalogue.js';
import type { AnalyticDevice } from '../src/devices/device.js';
import { chosenArchitectures, label } from '../src/labels/label.js';
import { LATENCY } from '../src/metrics/metric.js';
import { spaceNamed } from '../src/spaces/registry.js';
import { labelNetworks } from './label-networks.js';
import { type InputSizes, shapeOption } from './onnx-file.js';
import { boardsOption, integer, spaceOption } from './options.js';
import { nameInFiles, prepareDataset } from './output-file.js';
import { countBar } from './progress.js';

/** Larger spaces are labelled only in part. */
const WHOLE_SPACE = 5_000_000;

interface LabelFlags {
  space: string;
  onnx?: string[];
  shape?: InputSizes;
  device: string[];
  boards?: string;
  samples?: number;
  seed: number;
  threads: number;
  out: string;
}

/** `tempograph label`: latencies of a whole search space, or of ONNX files, on analytic devices, as a dataset. */
export function registerLabel(command: Command): void {
  command
    .addOption(spaceOption())
    .option('--onnx <file...>', 'label these ONNX files instead of architectures')
    .addOption(shapeOption())
    .requiredOption(
      '--device <id...>',
      `analytic devices: ${analyticDevices.map(({ id }) => id).join(', ')}, or another codesign accelerator`,
    )
    .addOption(boardsOption())
    .option('--samples <n>', 'number of architectures, drawn at random (default: all)', integer('samples', 1))
    .option('--seed <n>', 'seed of the random sample', integer('seed'), 1)
    .option('--threads <n>', 'worker threads', integer('threads', 1), availableParallelism())
    .requiredOption('--out <file>', '.csv or .csv.gz to write; its card is written beside it')
    .addHelpText(
      'after',
      `
To continue a run that was killed, give the same command again.

Examples:
  $ tempograph label --space nasbench201 --device fnas:zcu102 --out zcu102.csv.gz
  $ tempograph label --onnx models/*.onnx --device fnas:zcu102 --out networks.csv
  $ tempograph label --device overlay:mine bcnn:mine --boards my-boards.json --samples 2000 --out mine.csv`,
    )
    .action(runLabel);
}

async function runLabel(flags: LabelFlags): Promise<void> {
  const { out } = flags;
  const boards = flags.boards === undefined ? BOARDS : await readBoards(flags.boards);
  const named = [...new Set(flags.device)];
  const devices = analyticDevicesNamed(named, boards);
  const names = distinctNames(named, devices);
  if (flags.onnx) {
    const { onnx: files, shape } = flags;
    await prepareDataset(out, '--out');
    const [method, source] = [devices.map(describe).join('; '), commandOf(flags)];
    return labelNetworks({ files, shape, devices, out, method, source });
  }
  const space = spaceNamed(flags.space);
  const architectures = chosenArchitectures(space, flags, WHOLE_SPACE);
  await prepareDataset(out, '--out');
  const bar = countBar('labelling');
  let begun = false;
  const labels = await label({
    space,
    architectures,
    devices: named,
    boards,
    threads: flags.threads,
    file: out,
    onProgress(done, networks) {
      if (!begun && done > 0) console.error(`${out}: continuing after ${done} networks labelled before`);
      begun = true;
      bar.update(done, networks);
    },
  }).finally(bar.stop);
  const table = new SampleTable(space.slots.length);
  const misfits = devices.map(() => 0);
  for (const [i, architecture] of architectures.entries()) {
    for (const d of devices.keys()) {
      const latency = labels.latencyMs[i * devices.length + d];
      if (Number.isNaN(latency)) misfits[d]++;
      else table.add(architecture, d, latency, i + 1, false);
    }
  }
  for (const [d, count] of misfits.entries()) {
    if (count > 0) console.error(`${devices[d].id}: ${count} networks do not fit and are left out`);
  }
  const series = names.map((device) => ({ device, metric: LATENCY }));
  const card = await writeDataset(out, space, table, series, {
    name: basename(withoutCsvEnding(out)),
    deadOperations: 'pruned',
    method: devices.map(describe).join('; '),
    source: commandOf(flags),
    licence: 'MIT',
    about: (name) => {
      const { description, precision } = devices[names.indexOf(name)];
      return { description, batchSize: 1, precision };
    },
  });
  labels.discard();
  console.log(`${out}: ${card.rows} samples of ${devices.length} device(s)`);
}

/**
 * Names of the devices in the dataset.
 *
 * @param named the names given by the user: a calibrated device in a file may have the identifier of another device
 * @throws InputError if two would have the same name
 */
function distinctNames(named: readonly string[], devices: readonly AnalyticDevice[]): string[] {
  const names = devices.map(({ id }) => nameInFiles(id));
  const again = names.findIndex((name, d) => names.indexOf(name) < d);
  if (again < 0) return names;
  const first = names.indexOf(names[again]);
  throw new InputError(
    `${named[first]} and ${named[again]} would both be called ${names[again]} in the dataset; label them into two files, or give the calibrated one another "id"`,
    { field: '--device' },
  );
}

/** A device as the dataset's card describes it. */
function describe({ description, parameters }: AnalyticDevice): string {
  const values = parameters.map(({ name, value, unit }) => `${name} ${value} ${unit}`).join(', ');
  return `analytic model: ${description} (${values})`;
}

function commandOf({ space, onnx, device, boards, samples, seed }: LabelFlags): string {
  const what = onnx ? `--onnx ${onnx.join(' ')}` : `--space ${space}`;
  const parts = ['tempograph label', what, ...device.map((id) => `--device ${id}`)];
  if (boards !== undefined) parts.push(`--boards ${boards}`);
  if (samples !== undefined) parts.push(`--samples ${samples} --seed ${seed}`);
  return parts.join(' ');
}
