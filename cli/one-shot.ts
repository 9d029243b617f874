import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { InputError } from '../src/base/errors.js';
import { imagesNamed } from '../src/supernet/images.js';
import { trainOneShot } from '../src/supernet/one-shot.js';
import {
  learnedAndJudged,
  oneShotImages,
  readOneShotCard,
  spaceOfOneShot,
  writeOneShot,
} from '../src/supernet/one-shot-folder.js';
import { DEFAULT_CHANNELS } from '../src/supernet/skeleton.js';
import { orInterrupted } from './interruptible.js';
import { assertThreeStages, integer, stageChannels } from './options.js';
import { prepareFolder } from './output-file.js';
import { epochBar } from './progress.js';

interface OneShotFlags {
  data: string;
  images: number;
  epochs: number;
  batchSize: number;
  channels: number[];
  seed: number;
  threads: number;
  out: string;
  resume?: boolean;
}

/** `tempograph one-shot`: trains a supernet of chains, which judges networks in a search. */
export function registerOneShot(command: Command): void {
  command
    .requiredOption('--data <images>', 'fashion-mnist, fashion-mnist-600, a folder of IDX files, or a CSV')
    .option(
      '--images <n>',
      'of the training images; a fifth of them judges networks and is not learned',
      integer('images', 128),
      5000,
    )
    .option('--epochs <n>', 'of the supernet', integer('epochs', 1), 40)
    .option('--batch-size <n>', 'images per step', integer('batch-size', 2), 64)
    .option('--channels <n...>', 'of the three stages', stageChannels(DEFAULT_CHANNELS), [
      ...DEFAULT_CHANNELS,
    ])
    .option('--seed <n>', 'of all that is drawn', integer('seed'), 1)
    .option('--threads <n>', 'of onnxruntime', integer('threads', 1), 1)
    .requiredOption('--out <folder>', 'the supernet, for search --one-shot')
    .option('--resume', 'continue the training that was cut off, in --out')
    .addHelpText(
      'after',
      `
A supernet holds every network of a space at once: here chains of eight inverted residuals, each with a kernel of 3 or 5
and an expansion of 1, 3 or 6, or skipped. All networks share its weights. A step trains one network, drawn at
random (SPOS, arXiv:1904.00420). Afterwards a search judges a network in less than a second, by the shared weights:
their accuracies are lower than those of networks trained alone, and are for comparing networks with each other.

--out is a folder: space.json is the space of the chains, which every command takes as --space; weights.f32 the
shared weights; one-shot.json says what they were trained on. The images are read from --data again when networks are judged.

Train the network that a search finds from scratch: tempograph train-alone.

Examples:
  $ tempograph one-shot --data fashion-mnist --out oneshot
  $ tempograph search --one-shot oneshot --strategy hurricane --device cpu --max-latency 0.2 --log run.jsonl
  $ tempograph train-alone oneshot k3_e6/k3_e3/k5_e3/skip/k3_e3/k3_e6/k5_e6/k3_e6 --onnx found.onnx`,
    )
    .action((flags: OneShotFlags) =>
      orInterrupted('continue with --resume', (signal) => oneShot(flags, signal)),
    );
}

async function oneShot(flags: OneShotFlags, signal: AbortSignal): Promise<void> {
  const { images: most, epochs, batchSize, channels, seed, threads, out } = flags;
  assertThreeStages(channels);
  await prepareFolder(out, '--out');
  const checkpoint = join(out, 'checkpoint');
  const isBegun = existsSync(checkpoint);
  if (isBegun && !flags.resume) {
    throw new InputError('a training was cut off; continue it with --resume, or remove the file', {
      file: checkpoint,
    });
  }
  if (!isBegun && (await readOneShotCard(out).catch(() => undefined))) {
    throw new InputError('there is a trained supernet already; name another folder, or delete it', {
      file: out,
      field: '--out',
    });
  }
  const data = imagesNamed(flags.data);
  const { set, skeleton } = await oneShotImages({ data, images: most, channels });
  const { learned } = learnedAndJudged(set.train);
  if (learned.labels.length < batchSize) {
    throw new InputError(`${learned.labels.length} images to learn are too few for batches of ${batchSize}`, {
      field: '--batch-size',
    });
  }
  const about = { data, images: set.train.labels.length, channels, epochs, batchSize, seed };
  const bar = epochBar('supernet');
  const { theta, losses, macs, interrupted } = await trainOneShot(
    skeleton,
    learned,
    { epochs, batchSize, seed, threads },
    // Threads change the speed alone, so that a run may be continued with others.
    JSON.stringify(about),
    { signal, checkpoint, onEpoch: (epoch, loss) => bar.update(epoch, epochs, loss) },
  ).finally(() => bar.stop());
  if (interrupted) throw signal.reason;
  await writeOneShot(out, { ...about, losses: [...losses], macs }, skeleton, theta);
  await rm(checkpoint, { force: true });
  console.log(
    `${out}: ${losses.length} epochs of ${learned.labels.length} images, loss ${losses.at(-1)!.toFixed(3)}`,
  );
  console.log(`search it: tempograph search --one-shot ${out} --strategy hurricane`);
  console.log(`its space: ${spaceOfOneShot(out)}`);
}
