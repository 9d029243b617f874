import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { SampleTable } from '../datasets/sample-table.js';
import { writeDataset } from '../datasets/write.js';
import { readBoards } from '../devices/board-file.js';
import { BOARDS } from '../devices/boards.js';
import { analyticDevice, analyticDevices, analyticDevicesOn } from '../devices/catalogue.js';
import type { AnalyticDevice } from '../devices/device.js';
import { InputError } from '../errors.js';
import { Random } from '../random.js';
import { spaceNamed } from '../spaces/index.js';
import type { Architecture, SearchSpace } from '../spaces/space.js';
import { version } from '../version.js';
import { LabelJournal } from './label-journal.js';
import { labelChunks } from './label-pool.js';
import type { LabelChunk } from './label-worker.js';
import { boardsOption, integer, spaceOption } from './options.js';
import { countBar } from './progress.js';

/** Networks that a thread labels at a time, and that are lost at most, per thread, when the run is killed. */
const CHUNK = 64;
/** Spaces beyond this size are only labelled in part. */
const WHOLE_SPACE = 5_000_000;

interface LabelFlags {
  space: string;
  device: string[];
  boards?: string;
  samples?: number;
  seed: number;
  threads: number;
  out: string;
}

/** `tempograph label`: latency of a whole search space on analytic devices, as a dataset. */
export function registerLabel(program: Command): void {
  program
    .command('label')
    .description('compute the latency of a whole search space, or of a sample, on analytic devices')
    .addOption(spaceOption())
    .requiredOption(
      '--device <id...>',
      `analytic devices: ${analyticDevices.map(({ id }) => id).join(', ')}, or another codesign accelerator`,
    )
    .addOption(boardsOption())
    .option('--samples <n>', 'so many architectures at random instead of all', integer('samples', 1))
    .option('--seed <n>', 'of the sample', integer('seed'), 1)
    .option('--threads <n>', 'worker threads', integer('threads', 1), availableParallelism())
    .requiredOption('--out <file>', '.csv or .csv.gz; its card is written beside it')
    .addHelpText(
      'after',
      `
A run that is killed goes on where it was when the same command is given again.

Examples:
  $ tempograph label --space nasbench201 --device fnas:zcu102 --out zcu102.csv.gz
  $ tempograph label --device overlay:mine bcnn:mine --boards my-boards.json --samples 2000 --out mine.csv`,
    )
    .action(runLabel);
}

async function runLabel(flags: LabelFlags): Promise<void> {
  const { out } = flags;
  if (!/\.csv(\.gz)?$/.test(out)) {
    throw new InputError(`${out} must end in .csv or .csv.gz`, { field: '--out' });
  }
  const space = spaceNamed(flags.space);
  const boards = flags.boards === undefined ? BOARDS : await readBoards(flags.boards);
  const known = analyticDevicesOn(boards);
  const devices = [...new Set(flags.device)].map((id) => analyticDevice(id, known));
  const architectures = chosen(space, flags);
  const distinct = distinctNetworks(space, architectures);
  await mkdir(dirname(out), { recursive: true });
  const journal = await LabelJournal.open(out, {
    format: 'tempograph-labels/1',
    version,
    space: space.name,
    devices: devices.map(({ id, parameters }) => [id, ...parameters.map(({ value }) => value)]),
    samples: flags.samples ?? null,
    seed: flags.samples === undefined ? null : flags.seed,
    networks: distinct.networks.length,
  });
  const latencyMs = new Float64Array(distinct.networks.length * devices.length);
  const bar = countBar('labelling');
  try {
    const chunks = chunksOf(distinct.networks, space.slots.length);
    const left = chunks.filter(({ chunk }) => {
      const labels = journal.finished.get(chunk);
      if (labels !== undefined) latencyMs.set(labels, chunk * CHUNK * devices.length);
      return labels === undefined;
    });
    let done = chunks.length - left.length;
    if (done > 0) console.error(`${out}: going on behind ${done * CHUNK} networks labelled before`);
    const task = { space: space.name, devices: devices.map(({ id }) => id), boards };
    bar.update(done * CHUNK, distinct.networks.length);
    await labelChunks(task, left, flags.threads, async (labelled) => {
      latencyMs.set(labelled.latencyMs, labelled.chunk * CHUNK * devices.length);
      await journal.add(labelled.chunk, labelled.latencyMs);
      bar.update(Math.min(++done * CHUNK, distinct.networks.length), distinct.networks.length);
    });
  } finally {
    bar.stop();
    await journal.close();
  }
  const table = new SampleTable(space.slots.length);
  const misfits = devices.map(() => 0);
  for (const [i, architecture] of architectures.entries()) {
    for (const d of devices.keys()) {
      const latency = latencyMs[distinct.indexOf[i] * devices.length + d];
      if (Number.isNaN(latency)) misfits[d]++;
      else table.add(architecture, d, latency, i + 1, false);
    }
  }
  for (const [d, count] of misfits.entries()) {
    if (count > 0) console.error(`${devices[d].id}: ${count} networks do not fit and are left out`);
  }
  const names = devices.map(({ id }) => datasetName(id));
  const card = await writeDataset(out, space, table, names, {
    name: out.replace(/^.*[\\/]/, '').replace(/\.csv(\.gz)?$/, ''),
    deadOperations: 'pruned',
    method: devices.map(describe).join('; '),
    source: commandOf(flags),
    licence: 'MIT',
    about: (name) => {
      const { description, precision } = devices[names.indexOf(name)];
      return { description, batchSize: 1, precision };
    },
  });
  await journal.remove();
  console.log(`${out}: ${card.rows} samples of ${devices.length} device(s)`);
}

/** Every architecture of the space, or a sample without repetition. */
function chosen(space: SearchSpace, { samples, seed }: LabelFlags): Architecture[] {
  if (samples !== undefined && samples < space.size) {
    const random = new Random(seed);
    const drawn = new Map<string, Architecture>();
    while (drawn.size < samples) {
      const architecture = space.sample(random);
      drawn.set(space.format(architecture), architecture);
    }
    return [...drawn.values()];
  }
  if (space.size > WHOLE_SPACE) {
    const size = space.size.toLocaleString('en');
    throw new InputError(`${space.name} has ${size} architectures: say how many to draw`, {
      field: '--samples',
    });
  }
  return Array.from({ length: Number(space.size) }, (_, index) => space.at(index));
}

/** Architectures that are the same network once dead operations are removed are labelled once. */
function distinctNetworks(
  space: SearchSpace,
  architectures: readonly Architecture[],
): { networks: Architecture[]; indexOf: Uint32Array } {
  const known = new Map<string, number>();
  const networks: Architecture[] = [];
  const indexOf = Uint32Array.from(architectures, (architecture) => {
    const pruned = space.prune(architecture);
    const key = pruned.join();
    let index = known.get(key);
    if (index === undefined) {
      index = networks.length;
      known.set(key, index);
      networks.push(pruned);
    }
    return index;
  });
  return { networks, indexOf };
}

function chunksOf(networks: readonly Architecture[], slots: number): LabelChunk[] {
  const chunks: LabelChunk[] = [];
  for (let from = 0; from < networks.length; from += CHUNK) {
    const part = networks.slice(from, from + CHUNK);
    const architectures = new Uint8Array(part.length * slots);
    for (const [i, network] of part.entries()) architectures.set(network, i * slots);
    chunks.push({ chunk: from / CHUNK, architectures });
  }
  return chunks;
}

/** A device's identifier as it may stand in file names. */
function datasetName(id: string): string {
  return id.replace(':', '_');
}

function describe({ description, parameters }: AnalyticDevice): string {
  const values = parameters.map(({ name, value, unit }) => `${name} ${value} ${unit}`).join(', ');
  return `analytic model: ${description} (${values})`;
}

function commandOf({ space, device, boards, samples, seed }: LabelFlags): string {
  const parts = ['tempograph label', `--space ${space}`, ...device.map((id) => `--device ${id}`)];
  if (boards !== undefined) parts.push(`--boards ${boards}`);
  if (samples !== undefined) parts.push(`--samples ${samples} --seed ${seed}`);
  return parts.join(' ');
}
