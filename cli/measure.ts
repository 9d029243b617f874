import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { InputError } from '../src/base/errors.js';
import { readArchitectures } from '../src/datasets/architectures.js';
import type { MeasurementFacts } from '../src/datasets/card.js';
import { withoutCsvEnding } from '../src/datasets/csv.js';
import { type Candidate, runCampaign } from '../src/measure/campaign.js';
import { JournalFile } from '../src/measure/journal.js';
import { busyCpus, defaultDeviceName, machineFacts, onnxruntimeVersion } from '../src/measure/machine.js';
import { writeMeasuredDataset } from '../src/measure/measured-dataset.js';
import { architectureModel, referenceArchitecture } from '../src/measure/network.js';
import { callOverheadMs } from '../src/measure/onnxruntime-target.js';
import { sampleArchitectures } from '../src/measure/sample.js';
import { summarise } from '../src/measure/summary.js';
import { spaceNamed } from '../src/spaces/registry.js';
import type { Architecture, SearchSpace } from '../src/spaces/space.js';
import { interruptible } from './interruptible.js';
import { type FleetFlags, runFleetWorker } from './measure-fleet.js';
import {
  type NetworkFlags,
  networkOptions,
  protocolOf,
  type TargetFlags,
  targetOf,
  targetOptions,
} from './measure-options.js';
import { httpAddress, integer, spaceOption } from './options.js';
import { assertCsv } from './output-file.js';
import { percent } from './percent.js';
import { countBar } from './progress.js';

interface MeasureFlags extends NetworkFlags, TargetFlags {
  space: string;
  out?: string;
  count?: number;
  archs?: string;
  distinct: boolean;
  batch: number;
  device?: string;
  description?: string;
  licence: string;
  resume?: boolean;
}

const DEFAULT_COUNT = 50;

/** `tempograph measure`: latencies of networks on this machine, or on a board behind a command, as a dataset. */
export function registerMeasure(command: Command): void {
  command
    .addOption(spaceOption())
    .option('--out <file>', '.csv or .csv.gz; its card is written beside it')
    .option('--count <n>', `networks to draw at random (default: ${DEFAULT_COUNT})`, integer('count', 1))
    .addOption(
      new Option('--archs <file>', 'the networks to measure instead: a CSV, or one per line').conflicts(
        'count',
      ),
    )
    .option('--no-distinct', 'draw networks that compute the same as another one, too')
    .option('--batch <n>', 'images per run', integer('batch', 1), 1)
    .option('--device <id>', "the device's name in the dataset (default: made of the CPU's name)")
    .option('--description <text>', 'words about the device for the card')
    .option('--licence <text>', 'under which licence', 'unknown')
    .option('--resume', 'go on with a measurement that did not finish')
    .addOption(
      new Option('--server <url>', 'measure what a tempograph service asks for, and send it there')
        .argParser(httpAddress('server'))
        .conflicts(['out', 'archs', 'count', 'resume']),
    )
    .option('--worker <name>', "with --server: this worker's name (default: made of the host's)")
    .option('--claim <n>', 'with --server: networks to claim at once', integer('claim', 1), 8)
    .option('--poll <s>', 'with --server: wait where there is nothing to do', integer('poll', 1), 30)
    .option('--once', 'with --server: end where there is nothing to do')
    .addHelpText(
      'after',
      `
The networks are run in several rounds, each time in another order, behind a warm-up; a reference network in
between shows drift, which is divided out. A run that was interrupted or killed goes on with --resume: every group of
runs is in <out>.journal.jsonl before the next one starts. Nothing else should run meanwhile.

The runner finds the number of runs that are wanted in TEMPOGRAPH_RUNS, and may print all of them:
{"latency_ms": [1.23, 1.24]}. Its warm-up is its own affair.

With --server the command is a worker of a fleet: it claims networks, measures them and sends the latencies until
Ctrl-C. What could not be sent is in <device>.unsent.json, and sent by the next worker that is started there.
TEMPOGRAPH_KEY is its API key, where the service requires one.

Examples:
  $ tempograph measure --space nasbench201 --count 50 --seed 1 --out my_cpu.csv
  $ tempograph measure --archs suggested.csv --threads 4 --device my_server --out more.csv
  $ tempograph measure --count 20 --device my_board --runner "./on-board.sh" --out my_board.csv
  $ tempograph measure --server http://localhost:8080 --device my_board --runner "./on-board.sh"
  $ tempograph train --data my_cpu.csv --device ${defaultDeviceName(1)} --out models/my_cpu`,
    )
    .action((flags: MeasureFlags & FleetFlags) =>
      flags.server === undefined
        ? interruptible((signal) => runMeasure(flags, signal))
        : interruptible((signal) => runFleetWorker(flags, signal), ['SIGINT', 'SIGTERM']),
    );
  for (const option of [...networkOptions(), ...targetOptions()]) command.addOption(option);
}

async function runMeasure(flags: MeasureFlags, signal: AbortSignal): Promise<void> {
  const { out, runner, batch, deadOps: deadOperations, imageSize, seed } = flags;
  if (out === undefined) throw new InputError('say which file is written', { field: '--out' });
  assertCsv(out, '--out');
  const journalPath = `${out}.journal.jsonl`;
  if (existsSync(out) && !existsSync(journalPath)) {
    throw new InputError(
      'it is there already, and may be hours of measuring; name another file, or delete it',
      {
        file: out,
        field: '--out',
      },
    );
  }
  if (runner !== undefined && flags.device === undefined) {
    throw new InputError('name the board that the runner measures on', { field: '--device' });
  }
  const device = flags.device ?? defaultDeviceName(flags.threads);
  if (device.trim() === '') throw new InputError('the name is empty', { field: '--device' });
  const space = spaceNamed(flags.space);
  const protocol = protocolOf(flags, seed);
  const { target, runtime, groupRules } = targetOf(flags, signal);
  const architectures = await architecturesOf(space, flags);
  const candidate = (architecture: Architecture): Candidate => ({
    architecture: space.format(architecture),
    model: () => architectureModel(space, architecture, { deadOperations, batch, imageSize, seed }),
  });
  const candidates = architectures.map(candidate);
  const reference = candidate(referenceArchitecture(space));

  const list = createHash('sha256')
    .update(candidates.map((c) => c.architecture).join('\n'))
    .digest('hex');
  const journal = JournalFile.open(
    journalPath,
    {
      format: 'tempograph-journal/1',
      space: space.name,
      device,
      networks: candidates.length,
      listSha256: list,
      deadOperations,
      batch,
      imageSize: imageSize ?? null,
      ...runtime,
      ...protocol,
    },
    flags.resume ?? false,
  );
  if (runner === undefined) warnIfBusy();
  const startedAt = new Date(journal.entries[0]?.at ?? Date.now()).toISOString();
  const bar = countBar('measuring');
  const finished = await runCampaign(target, candidates, reference, protocol, journal, {
    signal,
    onGroup: bar.update,
  }).finally(bar.stop);
  if (!finished) {
    journal.close();
    console.error(
      `interrupted; ${journal.entries.length} groups of runs are kept in ${journalPath}: --resume goes on`,
    );
    process.exitCode = 130;
    return;
  }
  const summary = summarise(journal.entries);
  for (const [architecture, reason] of summary.failures)
    console.error(`${architecture}: not measured: ${reason}`);
  if (summary.networks.length === 0) {
    journal.close();
    throw new InputError('none of the networks could be run');
  }
  const name = basename(withoutCsvEnding(out));
  const machine = machineFacts();
  const description =
    flags.description ??
    (runner === undefined
      ? `${machine.cpu}, ${flags.threads} thread(s), onnxruntime ${onnxruntimeVersion} (${flags.provider})`
      : device);
  const card = await writeMeasuredDataset(out, space, summary, {
    name,
    deadOperations,
    source: sourceOf(flags, candidates.length),
    licence: flags.licence,
    versions: runner === undefined ? { 'onnxruntime-node': onnxruntimeVersion } : {},
    device: { id: device, description, batchSize: batch, precision: runner === undefined ? 'fp32' : null },
    protocol,
    groupRules,
    reference: reference.architecture,
    machine,
    runtime: runner === undefined ? { ...runtime, callOverheadMs: await callOverheadMs(target) } : runtime,
    startedAt,
    finishedAt: new Date().toISOString(),
  });
  journal.remove();
  console.log(`${out}: ${card.rows} networks on ${device}`);
  if (card.measurement) console.log(inWords(card.measurement));
}

/** The command that chose the networks. */
function sourceOf({ space, archs, distinct, deadOps, imageSize, seed }: MeasureFlags, count: number): string {
  const networks = archs === undefined ? `--count ${count} --seed ${seed}` : `--archs ${basename(archs)}`;
  const others = [
    distinct ? '' : ' --no-distinct',
    deadOps === 'pruned' ? '' : ` --dead-ops ${deadOps}`,
    imageSize === undefined ? '' : ` --image-size ${imageSize}`,
  ];
  return `tempograph measure --space ${space} ${networks}${others.join('')}`;
}

/** How far to trust the numbers. */
function inWords({ drift, standardError, interruptedRuns, remeasured, failed }: MeasurementFacts): string {
  const known = (share: number | null) => (share === null ? '-' : percent(share));
  const least = Math.min(...drift.rounds.map((round) => round.least));
  const greatest = Math.max(...drift.rounds.map((round) => round.greatest));
  return (
    `standard error of a latency ${known(standardError.median)} (median), ${known(standardError.p90)} (of 90 %); ` +
    `the reference took ${percent(least)} … ${percent(greatest)} of ${drift.baselineMs.toFixed(3)} ms; ` +
    `${percent(interruptedRuns)} of the runs were interrupted, ${remeasured} networks had extra rounds, ${failed} failed`
  );
}

async function architecturesOf(
  space: SearchSpace,
  { archs, count = DEFAULT_COUNT, seed, distinct }: MeasureFlags,
) {
  if (archs !== undefined) return readArchitectures(archs, space);
  return sampleArchitectures(space, { count, seed, distinct: distinct ? 'classes' : 'architectures' });
}

/** Timings of a busy machine are those of its other work. */
function warnIfBusy(): void {
  const busy = busyCpus();
  if (busy !== undefined && busy > 0.5) {
    console.error(
      `warning: ${busy.toFixed(1)} other processes want a CPU (load average); latencies will be uneven`,
    );
  }
}
