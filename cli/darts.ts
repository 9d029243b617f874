import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { InputError } from '../src/base/errors.js';
import { writeOutput } from '../src/base/write-output.js';
import { shippedModels } from '../src/predictors/saved/model-folder.js';
import { latencySource } from '../src/search/operators/latency.js';
import type { Skeleton } from '../src/spaces/nasbench201/network.js';
import { nasbench201 as space } from '../src/spaces/nasbench201/space.js';
import { type DartsOptions, type Derived, searchSupernet } from '../src/supernet/darts.js';
import { firstImages, type ImageSet, prepared, readImages } from '../src/supernet/images.js';
import { localLatencies, sampledCells } from '../src/supernet/latency-sample.js';
import { LatencyTerm } from '../src/supernet/latency-term.js';
import { DEFAULT_CHANNELS, derivedNetwork, skeletonFor } from '../src/supernet/skeleton.js';
import { type NetworkTrainedAlone, trainAlone } from '../src/supernet/train-alone.js';
import { dartsRecord, printDerived } from './darts-record.js';
import { orInterrupted } from './interruptible.js';
import { assertThreeStages, integer, nonNegative, stageChannels } from './options.js';
import { prepareOutput } from './output-file.js';
import { countBar, epochBar } from './progress.js';

interface DartsFlags {
  data: string;
  images: number;
  method: DartsOptions['method'];
  epochs: number;
  architectureRate: number;
  batchSize: number;
  channels: number[];
  device?: string;
  latency?: string;
  models: string;
  latencyWeight?: number;
  maxLatency?: number;
  aloneEpochs: number;
  seed: number;
  threads: number;
  out: string;
  onnx?: string;
  resume?: boolean;
  json?: boolean;
}

/** Cells from whose latencies the latency in the loss is learned: predicted for a device, and measured here. */
const LEARNED_FROM = { device: 500, here: 60 };
/** Name of the device that means this machine. */
const HERE = 'here';

/** `tempograph darts`: differentiable search of a supernet. */
export function registerDarts(command: Command): void {
  command
    .requiredOption('--data <images>', 'fashion-mnist, fashion-mnist-600, a folder of IDX files, or a CSV')
    .option(
      '--images <n>',
      'training images to use, half for the weights, half for the choice',
      integer('images', 128),
      6000,
    )
    .addOption(
      new Option(
        '--method <name>',
        'darts-minus: all operations weighted by their shares, and an extra skip connection that fades out; darts: as published, without it; na-darts: as darts, for a good mean over neighbouring cells; gdas: one operation per edge at a time',
      )
        .choices(['darts-minus', 'darts', 'na-darts', 'gdas'])
        .default('darts-minus'),
    )
    .option('--epochs <n>', 'epochs of training the supernet', integer('epochs', 1), 25)
    .option('--batch-size <n>', 'images per step', integer('batch-size', 2), 64)
    .option(
      '--architecture-rate <rate>',
      'learning rate of the choice; the published value is 0.0003, for ten times as many steps',
      nonNegative('architecture-rate'),
      0.003,
    )
    .option('--channels <n...>', 'channels of each of the three stages', stageChannels(DEFAULT_CHANNELS), [
      ...DEFAULT_CHANNELS,
    ])
    .option(
      '--device <name>',
      `device whose latency counts: one with a predictor, an analytic one, or ${HERE}: measured on this machine`,
    )
    .option('--latency <file>', 'CSV with measurements of the device, instead of a predictor')
    .option('--models <folder>', 'folder of predictors', shippedModels)
    .option(
      '--latency-weight <weight>',
      'weight of the mean network’s latency in the loss, fixed as published',
      nonNegative('latency-weight'),
    )
    .option(
      '--max-latency <ms>',
      'instead: limit in milliseconds; the weight rises until it is kept',
      nonNegative('max-latency'),
    )
    .option(
      '--alone-epochs <n>',
      'epochs of training the derived network from scratch; 0 to skip it',
      integer('alone-epochs'),
      30,
    )
    .option('--seed <n>', 'seed of all random choices', integer('seed'), 1)
    .option('--threads <n>', 'threads of onnxruntime', integer('threads', 1), 1)
    .requiredOption('--out <file.json>', 'file to write the result and the settings to')
    .option('--onnx <file.onnx>', 'file to write the trained derived network to')
    .option('--resume', 'continue a run that was cut off, from its checkpoint beside --out')
    .option('--json', 'print the contents of --out')
    .addHelpText(
      'after',
      `
The supernet contains all 15,625 cells of NAS-Bench-201, one per stage, with shared weights. Gradient descent learns the
weights on one half of the images and the choice of operations on the other. The derived network is then trained from
scratch, tested on the test images, and timed on this machine.

The default is darts-minus: darts and gdas tend to end in operations without weights, also in the published results on
this space.

Examples:
  $ tempograph darts --data fashion-mnist --out found.json --onnx found.onnx
  $ tempograph darts --data fashion-mnist --device ${HERE} --latency-weight 0.3 --out fast.json
  $ tempograph darts --data fashion-mnist --device pixel3 --max-latency 10 --method darts --out darts.json
  $ tempograph darts --data images.csv --images 2000 --epochs 10 --out mine.json`,
    )
    .action((flags: DartsFlags) => orInterrupted('continue with --resume', (signal) => darts(flags, signal)));
}

async function darts(flags: DartsFlags, signal: AbortSignal): Promise<void> {
  const { out } = flags;
  await checkFlags(flags);
  const checkpoint = `${out}.checkpoint`;
  if (existsSync(checkpoint) && !flags.resume) {
    throw new InputError('a run was cut off; continue it with --resume, or delete the file', {
      file: checkpoint,
    });
  }
  const run = await prepareRun(flags);
  const derived = await searched(run, checkpoint, signal);
  if (derived.interrupted) throw signal.reason;
  const alone = flags.aloneEpochs === 0 ? undefined : await trainedAlone(run, derived, signal);
  if (flags.aloneEpochs > 0 && !alone) throw signal.reason;
  const [measuredMs] = await localLatencies([derivedNetwork(derived.architecture, run.skeleton)]);
  const record = dartsRecord(run, derived, measuredMs, alone);
  await writeOutput(out, `${JSON.stringify(record, null, 2)}\n`);
  if (flags.onnx !== undefined && alone) await writeOutput(flags.onnx, alone.onnx);
  await rm(checkpoint, { force: true });
  if (flags.json) console.log(JSON.stringify(record, null, 2));
  else printDerived(derived, measuredMs, alone);
}

/** Everything a search needs. */
interface DartsRun {
  readonly flags: DartsFlags;
  readonly images: ImageSet;
  readonly skeleton: Skeleton;
  readonly options: DartsOptions;
  readonly latency: LatencyTerm | undefined;
  /** What the record says about the run. */
  readonly about: object;
}

async function prepareRun(flags: DartsFlags): Promise<DartsRun> {
  const { data, channels, device, latencyWeight, maxLatency } = flags;
  const { method, epochs, batchSize, architectureRate, seed, threads } = flags;
  const all = prepared(await readImages(data));
  const images = firstImages(all, flags.images);
  const count = images.train.labels.length;
  if (count < 4 * batchSize) {
    throw new InputError(`${count} images are too few for batches of ${batchSize}`, {
      field: '--batch-size',
    });
  }
  const skeleton = skeletonFor(all, channels);
  return {
    flags,
    images,
    skeleton,
    options: { method, epochs, batchSize, architectureRate, seed, threads },
    latency: await latencyTerm(flags, skeleton),
    about: { data, images: count, channels, device, latencyWeight, maxLatency },
  };
}

async function searched(
  { flags: { epochs }, images, skeleton, options, latency, about }: DartsRun,
  checkpoint: string,
  signal: AbortSignal,
): Promise<Derived> {
  // Threads change only the speed, so a run may continue with a different number.
  const key = JSON.stringify({ ...about, ...options, threads: undefined });
  const bar = epochBar('supernet');
  return searchSupernet(skeleton, images.train, options, latency, key, {
    signal,
    checkpoint,
    onEpoch: ({ epoch, loss, validAccuracy }) => bar.update(epoch, epochs, loss, validAccuracy),
  }).finally(() => bar.stop());
}

async function trainedAlone(
  { flags: { aloneEpochs: epochs, batchSize, seed, threads }, images, skeleton }: DartsRun,
  { architecture }: Derived,
  signal: AbortSignal,
): Promise<NetworkTrainedAlone | undefined> {
  const bar = epochBar('alone');
  const onEpoch = (epoch: number, loss: number) => bar.update(epoch, epochs, loss);
  const settings = { epochs, batchSize, seed, threads };
  return trainAlone(derivedNetwork(architecture, skeleton), images, settings, { signal, onEpoch }).finally(
    () => bar.stop(),
  );
}

/** @throws InputError for options that are wrong or cannot be combined */
async function checkFlags(flags: DartsFlags): Promise<void> {
  checkLatencyFlags(flags);
  assertThreeStages(flags.channels);
  await prepareOutput(flags.out, '--out');
  if (flags.onnx !== undefined) await prepareOutput(flags.onnx, '--onnx');
}

/** @throws InputError for latency options that cannot be combined */
function checkLatencyFlags({ device, latencyWeight, maxLatency, aloneEpochs, onnx }: DartsFlags): void {
  const given = [latencyWeight, maxLatency].filter((value) => value !== undefined).length;
  if (device === undefined && given > 0) {
    throw new InputError('name the device whose latency counts', { field: '--device' });
  }
  if (device !== undefined && given !== 1) {
    throw new InputError('latency needs either --latency-weight or --max-latency', { field: '--device' });
  }
  if (onnx !== undefined && aloneEpochs === 0) {
    throw new InputError('only a network trained from scratch has weights to write', { field: '--onnx' });
  }
}

async function latencyTerm(flags: DartsFlags, skeleton: Skeleton): Promise<LatencyTerm | undefined> {
  const { device, latency: measured, models, seed, latencyWeight: weight, maxLatency: maxMs } = flags;
  if (device === undefined) return undefined;
  const cells = sampledCells(device === HERE ? LEARNED_FROM.here : LEARNED_FROM.device, seed);
  const latencies = async () => {
    if (device !== HERE)
      return (await latencySource(space, device, { measured, models, seed })).latency(cells);
    const bar = countBar('timing networks on this machine');
    const networks = cells.map((cell) => derivedNetwork(cell, skeleton));
    return localLatencies(networks, (count) => bar.update(Math.floor(count), cells.length)).finally(() =>
      bar.stop(),
    );
  };
  return LatencyTerm.learn(
    space,
    cells,
    await latencies(),
    weight === undefined ? { maxMs: maxMs! } : { weight },
  );
}
