import type { Command } from 'commander';
import { stringify } from 'csv-stringify/sync';
import { InputError } from '../src/base/errors.js';
import { type ListedArchitecture, listedArchitectures } from '../src/datasets/architectures.js';
import { csvRows, csvRowsFrom } from '../src/datasets/csv.js';
import { columnOf, LATENCY, type Metric } from '../src/metrics/metric.js';
import { type Interval, intervalAt } from '../src/predictors/intervals/interval-model.js';
import { shippedModels } from '../src/predictors/saved/model-folder.js';
import type { SearchSpace } from '../src/spaces/space.js';
import { isOnnxFile, type Sizes, shapeOption } from './onnx-file.js';
import { integer, metricOption, spaceOption } from './options.js';
import { openSource, type Source, type SourceFlags } from './predict-source.js';
import { plainTable } from './table.js';

/** Its name in errors. */
const STANDARD_INPUT = 'standard input';

interface PredictFlags extends SourceFlags {
  network?: string;
  imageSize?: number;
  batch?: number;
  file?: string;
  json?: boolean;
  csv?: boolean;
  shape?: Sizes;
  top: number;
}

type Prediction =
  | { architecture: string; value: number; modelVersion: string; interval?: Interval }
  | { architecture: string; error: string };

/** `tempograph predict`: latencies from the command line, a file or standard input. */
export function registerPredict(command: Command): void {
  command
    .argument(
      '[architecture...]',
      "ONNX files, or canonical strings; none, or '-', reads those from standard input, as --file",
    )
    .option(
      '--device <name>',
      'device with a trained predictor (see `tempograph devices`), an analytic device, or the .json of a calibrated one',
    )
    .option(
      '--network <name>',
      'published network (see `tempograph networks`) on one of the devices listed there',
    )
    .option('--image-size <pixels>', 'of --network: height and width of its images', integer('image-size', 8))
    .option(
      '--batch <images>',
      'of --network, or of ONNX files on its devices: images in a call; by default as many as were measured',
      integer('batch', 1),
    )
    .option('--model <folder>', "a predictor's folder, instead of --device")
    .option('--models <folder>', 'folder of predictors', shippedModels)
    .addOption(spaceOption())
    .addOption(metricOption())
    .option('--file <file>', 'of architectures: a CSV (.csv, .csv.gz) with a column of them, or one per line')
    .addOption(shapeOption())
    .option('--top <n>', 'slowest kernels of an ONNX file that are shown', integer('top', 1), 3)
    .option('--json', 'print JSON')
    .option('--csv', 'print CSV')
    .addHelpText(
      'after',
      `
Examples:
  $ tempograph predict --device cpu my.onnx --shape images=1x3x224x224
  $ tempograph predict --device pixel3 '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|skip_connect~2|'
  $ tempograph predict --model models/my_board --file cells.txt --csv > latencies.csv
  $ generate-cells | tempograph predict --device titanxp_1 --json
  $ tempograph predict --device my_board --models models --metric energy --file cells.txt
  $ tempograph predict --device rtx4090 --network resnet50 --batch 64
  $ tempograph predict --device i7_12700h my.onnx
  $ tempograph predict --device dpu:zcu102 --space mnasnet --file networks.txt
  $ tempograph predict --device codesign:16x32-i8192-w2048-o2048-m512-p1-s0.5 --space ofa --file networks.txt`,
    )
    .action(runPredict);
}

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

/** By a device's kernels where they were learned; else as PyTorch ran the published networks on it. */
async function predictFiles(files: readonly string[], flags: PredictFlags): Promise<void> {
  const { device, model, models } = flags;
  if (model === undefined && device !== undefined) {
    if (device.includes(':') || device.endsWith('.json')) {
      const message = `on analytic devices \`tempograph breakdown --device ${device} ${files[0]}\` answers`;
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

async function runPredict(given: string[], flags: PredictFlags): Promise<void> {
  if (flags.network !== undefined) return predictPublished(given, flags, flags.network);
  needNetwork(flags, 'imageSize');
  if (given.length > 0 && given.every(isOnnxFile)) return predictFiles(given, flags);
  const file = given.find(isOnnxFile);
  if (file !== undefined) throw new InputError('name either ONNX files or architectures', { field: file });
  needNetwork(flags, 'batch');
  const source = await openSource(flags);
  const predictions = await predictAll(source, await listed(given, flags.file, source.space));
  await source.release();
  const { device, metric, batchSize, precision } = source;
  const intervals = source.spread !== undefined;
  if (flags.json) {
    const named = { device, metric: metric.name, unit: metric.unit, batchSize, precision };
    console.log(JSON.stringify({ predictions: predictions.map(asJson(metric)), ...named }, null, 2));
  } else if (flags.csv) {
    const fields = fieldsOf(metric);
    const columns = [
      { key: 'architecture' },
      { key: 'value', header: fields.value },
      ...(intervals
        ? (['low', 'high', 'unfamiliar'] as const).map((key) => ({
            key: `interval.${key}`,
            header: fields[key],
          }))
        : []),
      { key: 'modelVersion' },
      { key: 'error' },
    ];
    process.stdout.write(stringify(predictions, { header: true, columns, cast: { boolean: String } }));
  } else {
    const table = plainTable([
      'architecture',
      `${device}, ${metric.unit}`,
      ...(intervals ? ['90 % lie between'] : []),
    ]);
    for (const p of predictions) {
      const cells = 'error' in p ? ['—', ''] : [shown(p.value), intervalText(p.interval)];
      table.push([p.architecture, ...cells.slice(0, intervals ? 2 : 1)]);
    }
    console.log(table.toString());
    for (const p of predictions) if ('error' in p) console.error(p.error);
    if (predictions.some((p) => 'interval' in p && p.interval?.unfamiliar)) {
      console.log('(!) unlike the networks that were measured: the prediction is an extrapolation');
    }
    console.log(source.about);
  }
  if (predictions.some((p) => 'error' in p)) process.exitCode = 1;
}

function intervalText(interval: Interval | undefined): string {
  if (!interval) return '';
  const { low, high, unfamiliar } = interval;
  return `${shown(low)} – ${shown(high)}${unfamiliar ? ' (!)' : ''}`;
}

/** Three decimals, as latencies in ms need; of large values no more than six digits. */
function shown(value: number): string {
  return Math.abs(value) < 1000 ? value.toFixed(3) : Number(value.toPrecision(6)).toString();
}

/** Names of a prediction's numbers in JSON and CSV: of latency as since version 0.1, of all else without a unit. */
function fieldsOf(metric: Metric) {
  const latency = metric.name === LATENCY.name;
  const [value, low, high] = latency ? ['latencyMs', 'lowMs', 'highMs'] : [columnOf(metric), 'low', 'high'];
  return { value, low, high, unfamiliar: 'unfamiliar' };
}

/** A prediction as JSON has it. */
function asJson(metric: Metric): (prediction: Prediction) => object {
  return (prediction) => {
    if ('error' in prediction || metric.name !== LATENCY.name) return prediction;
    const { architecture, value, modelVersion, interval } = prediction;
    const { low: lowMs, high: highMs, ...rest } = interval ?? {};
    return {
      architecture,
      latencyMs: value,
      modelVersion,
      ...(interval && { interval: { lowMs, highMs, ...rest } }),
    };
  };
}

/** What is to be predicted, each as often as it is given. */
async function listed(
  given: readonly string[],
  file: string | undefined,
  space: SearchSpace,
): Promise<ListedArchitecture[]> {
  if (file === undefined && given.length > 0 && given[0] !== '-') {
    return given.map((text) => parsed(text, space));
  }
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
async function predictAll(source: Source, list: readonly ListedArchitecture[]): Promise<Prediction[]> {
  const architectures = list.flatMap((row) => ('architecture' in row ? [row.architecture] : []));
  const values = [...(await source.values(architectures))];
  const spread = await source.spread?.(architectures);
  let valid = 0;
  return list.map((row) => {
    const architecture = row.text;
    if ('error' in row) return { architecture, error: row.error.message };
    const position = valid++;
    const value = values[position];
    if (typeof value !== 'number') return { architecture, error: value.message };
    const interval = spread && intervalAt(spread, position, value);
    return { architecture, value, modelVersion: source.version, interval };
  });
}
