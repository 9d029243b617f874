import { Option } from 'commander';
import { decimalNumber } from '../src/base/decimal.js';
import { InputError, quote } from '../src/base/errors.js';
import { type DeclaredColumn, declaredColumn } from '../src/datasets/column-reading.js';
import { DUPLICATES, type Duplicates } from '../src/datasets/repeats.js';
import { type Metric, metricNamed, metrics } from '../src/metrics/metric.js';
import { units } from '../src/metrics/units.js';
import type { FitOptions } from '../src/predictors/predictor.js';
import { predictorKinds } from '../src/predictors/registry.js';
import { spaceNamed, spaces } from '../src/spaces/registry.js';
import type { DeadOperations } from '../src/spaces/space.js';

/** Parses a whole number of at least `least`. */
export function integer(name: string, least = 0): (text: string) => number {
  return (text) => {
    const value = decimalNumber(text);
    if (!Number.isInteger(value) || value < least) {
      throw new InputError(`${quote(text)} is not a whole number of at least ${least}`, {
        field: `--${name}`,
      });
    }
    return value;
  };
}

/** Parses a finite number of at least 0. */
export function nonNegative(name: string): (text: string) => number {
  return (text) => {
    const value = decimalNumber(text);
    if (!Number.isFinite(value) || value < 0) {
      throw new InputError(`${quote(text)} is not a number of at least 0`, { field: `--${name}` });
    }
    return value;
  };
}

/** Collects the channels of a supernet's stages; the default is there until the first of those given comes. */
export function stageChannels(byDefault: readonly number[]) {
  return (text: string, all: readonly number[]): number[] => [
    ...(all.join() === byDefault.join() ? [] : all),
    integer('channels', 1)(text),
  ];
}

/** @throws InputError if there are not as many channels as stages */
export function assertThreeStages(channels: readonly number[]): void {
  if (channels.length !== 3) {
    throw new InputError('there are three stages, each with its channels', { field: '--channels' });
  }
}

/** Parses the address of a service. */
export function httpAddress(name: string): (text: string) => string {
  return (text) => {
    if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
      throw new InputError(`${quote(text)} is not an address like http://localhost:8080`, {
        field: `--${name}`,
      });
    }
    return text;
  };
}

/** Parses a number in a range, its ends included. */
export function numberInRange(name: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = decimalNumber(text);
    if (!(value >= least && value <= most)) {
      throw new InputError(`${quote(text)} is not a number from ${least} to ${most}`, { field: `--${name}` });
    }
    return value;
  };
}

export const spaceOption = (text = 'search space of the architectures') =>
  new Option(
    '--space <name>',
    `${text}: ${spaces.map((s) => s.name).join(', ')}, or a file with your own, ./my-space.json`,
  )
    .argParser((name: string) => spaceNamed(name).name)
    .default('nasbench201');

export const boardsOption = () =>
  new Option(
    '--boards <file>',
    'JSON file with your own FPGA boards, for the analytic devices; see `tempograph devices --help`',
  );

export const unitOption = () =>
  new Option('--unit <unit>', 'unit of columns whose names do not have one (default: ms)').choices(
    units.map(({ name }) => name),
  );

export const metricOption = () =>
  new Option(
    '--metric <name>',
    `${metrics.map(({ name }) => name).join(', ')}, or your own as name:unit, such as co2:g for a column board_co2_g (default: latency, or the only metric in the file)`,
  ).argParser((text: string): Metric => metricNamed(text, '--metric'));

export const metricsOption = () =>
  new Option(
    '--metric <name...>',
    `only these: ${metrics.map(({ name }) => name).join(', ')}; your own as name:unit (co2:g for a column board_co2_g), recognised in column names only if given here`,
  ).argParser((text: string, all: readonly Metric[] = []): readonly Metric[] => [
    ...all,
    metricNamed(text, '--metric'),
  ]);

export const columnsOption = () =>
  new Option(
    '--columns <said...>',
    'contents of columns whose names do not tell: NAME=DEVICE:METRIC:UNIT, or NAME=- to leave one out',
  ).argParser((text: string, all: Map<string, DeclaredColumn> | undefined) => {
    const [name, said] = declaredColumn(text);
    return new Map([...(all ?? []), [name, said]]);
  });

/** @param how the default */
export const duplicatesOption = (how: Duplicates = 'reject') =>
  new Option(
    '--duplicates <how>',
    'what to do with an architecture that comes twice with different values (one-per-class: reject it, and leave out samples that repeat the value of an isomorphic network)',
  )
    .choices(DUPLICATES)
    .default(how);

/** @param text help that says which operations are meant, those that cannot reach the output */
export const deadOperationsOption = (text: string) =>
  new Option('--dead-ops <how>', text).choices(['timed', 'pruned']);

/** Options that say which measurements are read, and how. */
export const dataOptions = (): Option[] => [
  new Option('--data <file>', 'CSV of measurements (.csv or .csv.gz)').makeOptionMandatory(),
  new Option('--device <name>', 'name of the device in that file').makeOptionMandatory(),
  spaceOption(),
  metricOption(),
  unitOption(),
  columnsOption(),
  duplicatesOption(),
  deadOperationsOption(
    "whether operations that can't reach the output were run in the measurements (default: as in the data's card, otherwise timed)",
  ),
  new Option(
    '--split <kind>',
    'how samples are split; by-class keeps isomorphic architectures in the same part',
  )
    .choices(['random', 'by-class'])
    .default('random'),
];

/** Flags that say how measurements are read. */
export interface ReadingFlags {
  space: string;
  metric?: Metric;
  unit?: string;
  columns?: ReadonlyMap<string, DeclaredColumn>;
  duplicates: Duplicates;
  deadOps?: DeadOperations;
}

export interface DataFlags extends ReadingFlags {
  data: string;
  device: string;
  split: 'random' | 'by-class';
}

/** Number of held-out samples on which intervals are calibrated. */
export const calibrationOption = (samples: number) =>
  new Option(
    '--calibration <n>',
    'held-out samples on which 90 % intervals are calibrated: the validation samples, and training samples that further fits leave out',
  )
    .argParser(integer('calibration'))
    .default(samples);

export const predictorOption = (text: string) =>
  new Option('--predictor <name>', text).choices(predictorKinds.map((k) => k.name));

/** Options by the training option they set. */
const FIT_OPTIONS = {
  epochs: new Option('--epochs <n>', 'passes over the training samples').argParser(integer('epochs', 1)),
  hidden: new Option('--hidden <n>', 'units per layer').argParser(integer('hidden', 1)),
  layers: new Option('--layers <n>', 'layers').argParser(integer('layers', 1)),
  members: new Option('--members <n>', 'networks in the ensemble').argParser(integer('members', 1)),
  learningRate: new Option('--learning-rate <x>', 'peak learning rate').argParser(
    nonNegative('learning-rate'),
  ),
  weightDecay: new Option('--weight-decay <x>', 'decoupled weight decay of AdamW').argParser(
    nonNegative('weight-decay'),
  ),
  dropout: new Option('--dropout <x>', 'share of units dropped while training').argParser(
    nonNegative('dropout'),
  ),
  loss: new Option('--loss <name>', 'loss on standardised logarithms').choices(['l1', 'huber', 'mse']),
  schedule: new Option('--schedule <name>', 'learning rate schedule').choices(['cosine', 'plateau']),
  engine: new Option('--engine <name>', 'onnx: traced and compiled; tfjs: eager, slower').choices([
    'onnx',
    'tfjs',
  ]),
  threads: new Option('--threads <n>', 'threads of the training engine').argParser(integer('threads', 1)),
} satisfies Partial<Record<keyof FitOptions, Option>>;

export type FitFlags = Pick<FitOptions, keyof typeof FIT_OPTIONS>;

/** Options passed to the predictor's fit; a kind ignores those it has no use for. */
export const fitOptions: readonly Option[] = Object.values(FIT_OPTIONS);

/** The flags of `fitOptions` that were given. */
export function fitFlags(flags: FitFlags): FitOptions {
  const names = Object.keys(FIT_OPTIONS) as (keyof FitFlags)[];
  return Object.fromEntries(names.map((name) => [name, flags[name]]));
}
