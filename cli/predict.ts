import type { Command } from 'commander';
import { InputError } from '../src/base/errors.js';
import { endsIn } from '../src/base/file-ending.js';
import { Random } from '../src/base/random.js';
import type { ListedArchitecture } from '../src/datasets/architectures.js';
import { intervalAt } from '../src/predictors/intervals/interval-model.js';
import { probabilityWithin } from '../src/predictors/intervals/within-limit.js';
import { shippedModels } from '../src/predictors/saved/model-folder.js';
import { architecturesOf } from '../src/spaces/architectures.js';
import type { SearchSpace } from '../src/spaces/space.js';
import { type InputSizes, isOnnxFile, shapeOption } from './onnx-file.js';
import { integer, metricOption, nonNegative, numberInRange, spaceOption } from './options.js';
import { type PrintedPrediction, printPredictions } from './predict-output.js';
import { openSource, type PredictSourceFlags, type Source } from './predict-source.js';

/** Name of standard input in errors. */
const STANDARD_INPUT = 'standard input';

interface PredictFlags extends PredictSourceFlags {
  network?: string;
  imageSize?: number;
  batch?: number;
  file?: string;
  json?: boolean;
  csv?: boolean;
  shape?: InputSizes;
  top: number;
  limit?: number;
  minProbability?: number;
  sample?: number;
  seed: number;
}

/** `tempograph predict`: predicts architectures or networks from the command line, a file or standard input. */
export function registerPredict(command: Command): void {
  command
    .argument(
      '[architecture...]',
      "ONNX files, or canonical strings of architectures; without any, or with '-', architectures are read from standard input, as from --file",
    )
    .option(
      '--device <name>',
      'device with a trained predictor (see `tempograph devices`), an analytic device, or the .json of a calibrated one',
    )
    .option(
      '--network <name>',
      'published network (see `tempograph networks`) on one of the devices listed there',
    )
    .option(
      '--image-size <pixels>',
      'with --network: height and width of its images (default: as published)',
      integer('image-size', 8),
    )
    .option(
      '--batch <images>',
      'with --network, or ONNX files on its devices: images per call (default: the batch size that was measured)',
      integer('batch', 1),
    )
    .option('--model <folder>', "a predictor's folder, instead of --device")
    .option('--models <folder>', 'folder of predictors', shippedModels)
    .addOption(spaceOption())
    .addOption(metricOption())
    .option(
      '--file <file>',
      'architectures: a CSV (.csv, .csv.gz) with a column of them, or a file with one per line',
    )
    .addOption(shapeOption())
    .option(
      '--sample <n>',
      'instead of naming architectures: draw this many from the space at random; all if it has no more',
      integer('sample', 1),
    )
    .option('--seed <n>', 'of --sample', integer('seed'), 1)
    .option(
      '--limit <value>',
      'print the probability that a measurement is within this limit, in the unit of the metric (of throughput: at least this)',
      nonNegative('limit'),
    )
    .option(
      '--min-probability <share>',
      'with --limit: print only architectures within it with at least this probability, and their number; 0 to 0.975',
      numberInRange('min-probability', 0, 0.975),
    )
    .option('--top <n>', 'number of slowest kernels of an ONNX file to show', integer('top', 1), 3)
    .option('--json', 'print JSON')
    .option('--csv', 'print CSV')
    .addHelpText(
      'after',
      `
Examples:
  $ tempograph predict --device cpu my.onnx --shape images=1x3x224x224
  $ tempograph predict --device pixel3 '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|skip_connect~2|'
  $ tempograph predict --model models/my_board --file cells.txt --csv > latencies.csv
  $ tempograph predict --device pixel3 --sample 20000 --limit 5 --min-probability 0.9 --csv > fast.csv
  $ generate-cells | tempograph predict --device titanxp_1 --json
  $ tempograph predict --device my_board --models models --metric energy --file cells.txt
  $ tempograph predict --device rtx4090 --network resnet50 --batch 64
  $ tempograph predict --device i7_12700h my.onnx
  $ tempograph predict --device dpu:zcu102 --space mnasnet --file networks.txt
  $ tempograph predict --device codesign:16x32-i8192-w2048-o2048-m512-p1-s0.5 --space ofa --file networks.txt`,
    )
    .action(runPredict);
}

const OF_ARCHITECTURES = {
  limit: '--limit',
  minProbability: '--min-probability',
  sample: '--sample',
} as const;
const OF_NETWORKS = { imageSize: '--image-size', batch: '--batch' } as const;

async function predictPublished(
  given: readonly string[],
  flags: PredictFlags,
  network: string,
): Promise<void> {
  const { device, file } = flags;
  if (device === undefined) throw new InputError('name a --device', { field: '--network' });
  if (given.length > 0 || file !== undefined) {
    throw new InputError('name either architectures or a --network', { field: '--network' });
  }
  const { runPredictNetwork } = await import('./predict-network.js');
  return runPredictNetwork(network, { ...flags, device });
}

/** Predicts by a device's kernels if they were learned, otherwise as PyTorch ran the published networks on it. */
async function predictFiles(files: readonly string[], flags: PredictFlags): Promise<void> {
  const { device, model, models } = flags;
  if (model === undefined && device !== undefined) {
    if (device.includes(':') || endsIn(device, '.json')) {
      const message = `for an analytic device, use \`tempograph breakdown --device ${device} ${files[0]}\``;
      throw new InputError(message, { field: '--device' });
    }
    const { networkDevices } = await import('../src/predictors/roofline/devices.js');
    const { kernelsOf } = await import('../src/predictors/kernels/find.js');
    if (networkDevices.some(({ name }) => name === device) && !(await kernelsOf(models, device))) {
      const { predictFilesOfNetworks } = await import('./predict-network.js');
      return predictFilesOfNetworks(files, { ...flags, device });
    }
  }
  needNetwork(flags, 'batch');
  const { predictOnnxFiles } = await import('./predict-onnx.js');
  return predictOnnxFiles(files, flags);
}

function needNetwork(flags: PredictFlags, ...fields: readonly (keyof typeof OF_NETWORKS)[]): void {
  for (const field of fields) {
    if (flags[field] !== undefined) throw new InputError('needs a --network', { field: OF_NETWORKS[field] });
  }
}

/** @throws InputError for options that apply only to architectures, when something else is predicted */
function needArchitectures(flags: PredictFlags): void {
  for (const [field, flag] of Object.entries(OF_ARCHITECTURES)) {
    if (flags[field as keyof typeof OF_ARCHITECTURES] === undefined) continue;
    throw new InputError('applies only to architectures of a space', { field: flag });
  }
}

async function runPredict(given: string[], flags: PredictFlags): Promise<void> {
  if (flags.network !== undefined || given.some(isOnnxFile)) needArchitectures(flags);
  if (flags.network !== undefined) return predictPublished(given, flags, flags.network);
  needNetwork(flags, 'imageSize');
  if (given.length > 0 && given.every(isOnnxFile)) return predictFiles(given, flags);
  const file = given.find(isOnnxFile);
  if (file !== undefined) throw new InputError('name either ONNX files or architectures', { field: file });
  needNetwork(flags, 'batch');
  const { limit, minProbability } = flags;
  if (minProbability !== undefined && limit === undefined) {
    throw new InputError('needs a --limit', { field: '--min-probability' });
  }
  const source = await openSource(flags);
  if (limit !== undefined && !source.spread) {
    throw new InputError(`${source.device} has no intervals, which are needed for probabilities`, {
      field: '--limit',
    });
  }
  const all = await asked(given, flags, source.space)
    .then((list) => predictAll(source, list, limit))
    .finally(() => source.release());
  const meets = (p: PrintedPrediction) =>
    minProbability === undefined || 'error' in p || p.withinLimit! >= minProbability;
  const predictions = all.filter(meets);
  const lookedAt = all.filter((p) => 'value' in p).length;
  await printPredictions(predictions, source, { ...flags, lookedAt });
  if (predictions.some((p) => 'error' in p)) process.exitCode = 1;
}

/** The architectures given, or a sample of the space. */
async function asked(
  given: readonly string[],
  { file, sample, seed }: PredictFlags,
  space: SearchSpace,
): Promise<ListedArchitecture[]> {
  if (sample === undefined) return listed(given, file, space);
  if (given.length > 0 || file !== undefined) {
    throw new InputError('replaces architectures; give one of the two', { field: '--sample' });
  }
  const random = new Random(seed);
  const drawn =
    space.size <= sample
      ? architecturesOf(space)
      : Array.from({ length: sample }, () => space.sample(random));
  return Array.from(drawn, (architecture) => ({ text: space.format(architecture), architecture }));
}

/** The architectures given; one given twice is listed twice. */
async function listed(
  given: readonly string[],
  file: string | undefined,
  space: SearchSpace,
): Promise<ListedArchitecture[]> {
  if (file === undefined && given.length > 0 && given[0] !== '-') {
    return given.map((text) => parsed(text, space));
  }
  const { listedArchitectures } = await import('../src/datasets/architectures.js');
  const { csvRows, csvRowsFrom } = await import('../src/datasets/csv.js');
  const rows =
    file === undefined
      ? csvRowsFrom(process.stdin, STANDARD_INPUT, { trim: true })
      : csvRows(file, { trim: true });
  const list: ListedArchitecture[] = [];
  for await (const row of listedArchitectures(rows, file ?? STANDARD_INPUT, space)) list.push(row);
  return list;
}

function parsed(text: string, space: SearchSpace): ListedArchitecture {
  try {
    return { text, architecture: space.parse(text) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { text, error };
  }
}

/** Bad architectures are reported one by one; the others are predicted. */
async function predictAll(
  source: Source,
  list: readonly ListedArchitecture[],
  limit?: number,
): Promise<PrintedPrediction[]> {
  const architectures = list.flatMap((row) => ('architecture' in row ? [row.architecture] : []));
  const values = [...(await source.values(architectures))];
  const spread = await source.spread?.(architectures);
  const { better } = source.metric;
  let valid = 0;
  return list.map((row) => {
    const architecture = row.text;
    if ('error' in row) return { architecture, error: row.error.message };
    const position = valid++;
    const value = values[position];
    if (typeof value !== 'number') return { architecture, error: value.message };
    const interval = spread && intervalAt(spread, position, value);
    const prediction = { architecture, value, modelVersion: source.version, interval };
    if (limit === undefined || !spread) return prediction;
    return {
      ...prediction,
      withinLimit: probabilityWithin(spread, position, source.quantiles, { value, limit, better }),
    };
  });
}
