import type { Command } from 'commander';
import { writeOutput } from '../src/base/write-output.js';
import { chainSpace } from '../src/supernet/chain-space.js';
import { localLatencies } from '../src/supernet/latency-sample.js';
import { oneShotImages, readOneShotCard } from '../src/supernet/one-shot-folder.js';
import { trainAlone } from '../src/supernet/train-alone.js';
import { orInterrupted } from './interruptible.js';
import { integer } from './options.js';
import { prepareOutput } from './output-file.js';
import { percent } from './percent.js';
import { epochBar } from './progress.js';

interface TrainAloneFlags {
  epochs: number;
  batchSize: number;
  seed: number;
  threads: number;
  onnx?: string;
  json?: boolean;
}

/** `tempograph train-alone`: trains a network of a supernet's space from scratch. */
export function registerTrainAlone(command: Command): void {
  command
    .argument('<one-shot>', 'folder that tempograph one-shot wrote')
    .argument('<architecture>', 'a network of its space')
    .option('--epochs <n>', 'over its training images', integer('epochs', 1), 30)
    .option('--batch-size <n>', 'images per step', integer('batch-size', 2), 64)
    .option('--seed <n>', 'of all that is drawn', integer('seed'), 1)
    .option('--threads <n>', 'of onnxruntime', integer('threads', 1), 1)
    .option('--onnx <file.onnx>', 'the network with its trained weights')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
The network gets weights of its own, on the same training images as the supernet, those that judged its networks
included. It is judged on the test images, which nothing was learned or chosen by, and timed on this machine.

Examples:
  $ tempograph train-alone oneshot k3_e6/k3_e3/k5_e3/skip/k3_e3/k3_e6/k5_e6/k3_e6
  $ tempograph train-alone oneshot k3_e6/k3_e3/k5_e3/skip/k3_e3/k3_e6/k5_e6/k3_e6 --epochs 60 --onnx found.onnx`,
    )
    .action((folder: string, architecture: string, flags: TrainAloneFlags) =>
      orInterrupted('nothing is kept', (signal) => train(folder, architecture, flags, signal)),
    );
}

async function train(
  folder: string,
  text: string,
  { onnx, json, ...options }: TrainAloneFlags,
  signal: AbortSignal,
): Promise<void> {
  if (onnx !== undefined) await prepareOutput(onnx, '--onnx');
  const { set, skeleton } = await oneShotImages(await readOneShotCard(folder));
  const space = chainSpace(skeleton);
  const architecture = space.parse(text);
  const network = space.toNetwork(architecture);
  const bar = epochBar('alone');
  const onEpoch = (epoch: number, loss: number) => bar.update(epoch, options.epochs, loss);
  const trained = await trainAlone(network, set, options, { signal, onEpoch }).finally(() => bar.stop());
  if (!trained) throw signal.reason;
  if (onnx !== undefined) await writeOutput(onnx, trained.onnx);
  const [measuredMs] = await localLatencies([network]);
  const { testAccuracy, loss } = trained;
  if (json) {
    const name = space.format(architecture);
    console.log(JSON.stringify({ architecture: name, accuracy: 100 * testAccuracy, loss, measuredMs }));
    return;
  }
  console.log(`trained alone: ${percent(testAccuracy)} of the test images are classified correctly`);
  console.log(
    `${measuredMs.toFixed(3)} ms on this machine, ${(space.macs(architecture) / 1e6).toFixed(2)} M MACs`,
  );
}
