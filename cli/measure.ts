import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { readArchitectures } from '../src/datasets/architectures.js';
import { withoutCsvEnding } from '../src/datasets/csv.js';
import type { NetworkToMeasure } from '../src/measure/campaign.js';
import { writeMeasuredDataset } from '../src/measure/measured-dataset.js';
import { architectureModel, referenceArchitecture } from '../src/measure/network.js';
import { sampleArchitectures } from '../src/measure/sample.js';
import { otherMetrics } from '../src/measure/summary.js';
import { spaceNamed } from '../src/spaces/registry.js';
import type { Architecture, SearchSpace } from '../src/spaces/space.js';
import { interruptible } from './interruptible.js';
import { type CampaignFlags, inWords, measuredCampaign } from './measure-campaign.js';
import { type FleetFlags, runFleetWorker } from './measure-fleet.js';
import { areNetworks, measureNetworks, type OnnxFlags } from './measure-networks.js';
import { generatedOptions, type OnnxModelFlags, onnxModelOptions, targetOptions } from './measure-options.js';
import { shapeOption } from './onnx-file.js';
import { httpAddress, integer, spaceOption } from './options.js';

interface MeasureFlags extends OnnxModelFlags, CampaignFlags {
  space: string;
  count?: number;
  archs?: string;
  distinct: boolean;
  batch: number;
}

const DEFAULT_COUNT = 50;

/** `tempograph measure`: latencies of networks (and what else a runner prints) on this machine, or on a board behind a command, as a dataset. */
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
    .addOption(new Option('--onnx <files...>', 'ONNX files to measure instead').conflicts(['archs', 'count']))
    .addOption(shapeOption())
    .option('--no-distinct', 'draw networks that compute the same as another one, too')
    .option('--batch <n>', 'images per run', integer('batch', 1), 1)
    .option('--device <id>', "the device's name in the dataset (default: made of the CPU's name)")
    .option('--description <text>', 'words about the device for the card')
    .option('--licence <text>', 'under which licence', 'unknown')
    .option('--resume', 'continue a measurement that did not finish')
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
between shows drift, which is divided out. A run that was interrupted or killed continues with --resume: every group of
runs is in <out>.journal.jsonl before the next one starts. Nothing else should run meanwhile.

The runner finds the number of runs that are wanted in TEMPOGRAPH_RUNS, and may print all of them:
{"latency_ms": [1.23, 1.24]}. It warms up by itself, however it sees fit. Other metrics stand beside it, named with their
units: {"latency_ms": 1.23, "energy_mj": 4.5, "memory_mb": 30}, one's own as "co2:g": 0.2. Each is a column of the dataset.

With --server the command is a worker of a fleet: it claims networks, measures them and sends the latencies until
Ctrl-C. What could not be sent is in <device>.unsent.json, and sent by the next worker that is started there.
TEMPOGRAPH_KEY is its API key, where the service requires one.

With --onnx, --families or --probes the networks are ONNX files: the dataset has the columns
onnx,sha256,device,latency_ms, the files without their weights are kept in graphs/ beside it, and with --profile the
time of every kernel is in <out>.kernels.csv.gz. Probes teach a device in about ten minutes. A runner finds 1 in
TEMPOGRAPH_PROFILE when its nodes are wanted, {"latency_ms": 1.23, "nodes": [{"name": "conv1", "us": 310}]}; a board
that knows no more than the latency is taught by --probes kernels, chains whose length shows what a kernel takes. On a
machine with other work, --by-turns counts CPU time, and runs each network by turns with a reference network.

Examples:
  $ tempograph measure --onnx models/*.onnx --probes standard --profile --device my_cpu --out my_cpu.csv
  $ tempograph measure --probes kernels --runner "./on-board.sh" --device my_board --out my_board.csv
  $ tempograph measure --space nasbench201 --count 50 --seed 1 --device my_cpu --out my_cpu.csv
  $ tempograph measure --archs suggested.csv --threads 4 --device my_server --out more.csv
  $ tempograph measure --count 20 --device my_board --runner "./on-board.sh" --out my_board.csv
  $ tempograph measure --server http://localhost:8080 --device my_board --runner "./on-board.sh"
  $ tempograph train --data my_cpu.csv --device my_cpu --out models/my_cpu`,
    )
    .action((flags: MeasureFlags & OnnxFlags & FleetFlags) =>
      flags.server === undefined
        ? interruptible((signal) => (areNetworks(flags) ? measureNetworks : runMeasure)(flags, signal))
        : interruptible((signal) => runFleetWorker(flags, signal)),
    );
  for (const option of [...generatedOptions(), ...onnxModelOptions(), ...targetOptions()])
    command.addOption(option);
}

async function runMeasure(flags: MeasureFlags, signal: AbortSignal): Promise<void> {
  const { batch, deadOps: deadOperations, imageSize, seed } = flags;
  const space = spaceNamed(flags.space);
  const candidate = (architecture: Architecture): NetworkToMeasure => ({
    architecture: space.format(architecture),
    model: () => architectureModel(space, architecture, { deadOperations, batch, imageSize, seed }),
  });
  const candidates = (await architecturesOf(space, flags)).map(candidate);
  const reference = candidate(referenceArchitecture(space));
  const head = { space: space.name, deadOperations, batch, imageSize: imageSize ?? null };
  const campaign = await measuredCampaign(flags, { candidates, reference, head }, signal);
  if (!campaign) return;
  const { out, device, summary, context, versions } = campaign;
  const card = await writeMeasuredDataset(out, space, summary, {
    name: basename(withoutCsvEnding(out)),
    deadOperations,
    source: sourceOf(flags, candidates.length),
    licence: flags.licence,
    versions,
    device: { ...device, batchSize: batch, precision: flags.runner === undefined ? 'fp32' : null },
    ...context,
  });
  campaign.end();
  const measured = ['latency', ...otherMetrics(summary)].join(', ');
  console.log(`${out}: ${card.rows} networks on ${device.id}: ${measured}`);
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

async function architecturesOf(
  space: SearchSpace,
  { archs, count = DEFAULT_COUNT, seed, distinct }: MeasureFlags,
) {
  if (archs !== undefined) return readArchitectures(archs, space);
  return sampleArchitectures(space, { count, seed, distinct: distinct ? 'classes' : 'architectures' });
}
