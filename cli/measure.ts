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

/** `tempograph measure`: latencies of networks (and other metrics of a runner) on this machine or a board, as a dataset. */
export function registerMeasure(command: Command): void {
  command
    .addOption(spaceOption())
    .option('--out <file>', '.csv or .csv.gz to write; its card is written beside it')
    .option(
      '--count <n>',
      `number of networks to draw at random (default: ${DEFAULT_COUNT})`,
      integer('count', 1),
    )
    .addOption(
      new Option(
        '--archs <file>',
        'measure these architectures instead: a CSV, or a file with one per line',
      ).conflicts('count'),
    )
    .addOption(
      new Option('--onnx <files...>', 'measure these ONNX files instead').conflicts(['archs', 'count']),
    )
    .addOption(shapeOption())
    .option('--no-distinct', 'also draw networks that compute the same function as another')
    .option('--batch <n>', 'images per run', integer('batch', 1), 1)
    .option('--device <id>', "the device's name in the dataset (default: made from the CPU's name)")
    .option('--description <text>', 'description of the device, for the card')
    .option('--licence <text>', 'licence of the data', 'unknown')
    .option('--resume', 'continue an unfinished measurement')
    .addOption(
      new Option('--server <url>', 'measure what a tempograph service asks for, and send it there')
        .argParser(httpAddress('server'))
        .conflicts(['out', 'archs', 'count', 'resume']),
    )
    .option('--worker <name>', "with --server: this worker's name (default: made from the host's)")
    .option('--claim <n>', 'with --server: networks to claim at once', integer('claim', 1), 8)
    .option(
      '--poll <s>',
      'with --server: seconds to wait when there is nothing to do',
      integer('poll', 1),
      30,
    )
    .option('--once', 'with --server: end when there is nothing to do')
    .addHelpText(
      'after',
      `
The networks are run in several rounds, each in a different order and after a warm-up. A reference network run in
between shows the machine's drift, which is divided out. --resume continues a measurement that was interrupted or killed:
every group of runs is written to <out>.journal.jsonl before the next one starts. Run nothing else meanwhile.

A runner is told the number of runs in the variable TEMPOGRAPH_RUNS, and may print the latency of each:
{"latency_ms": [1.23, 1.24]}. Warming up is its own task. It may print other metrics, named with their units:
{"latency_ms": 1.23, "energy_mj": 4.5, "memory_mb": 30}, and your own as "co2:g": 0.2. Each becomes a column of the
dataset.

With --server the command is a worker of a fleet: until Ctrl-C it claims networks, measures them and sends the latencies.
Latencies that could not be sent are kept in <device>.unsent.json, and the next worker started in the same folder sends
them. Set TEMPOGRAPH_KEY to its API key if the service requires one.

With --onnx, --families or --probes the networks are ONNX files. The dataset then has the columns
onnx,sha256,device,latency_ms; weightless copies of the files are kept in graphs/ beside it, and --profile writes the
time of every kernel to <out>.kernels.csv.gz. Probes teach a device in about ten minutes. For a runner,
TEMPOGRAPH_PROFILE is 1 when it should print the times of nodes too:
{"latency_ms": 1.23, "nodes": [{"name": "conv1", "us": 310}]}. Teach a board that reports only the latency with
--probes kernels: the length of the chains shows what a kernel takes. On a machine with other work, --by-turns counts
CPU time, and alternates each network with a reference network.

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
