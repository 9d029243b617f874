import { createHash } from 'node:crypto';
import type { LatencySamples } from '../datasets/samples.js';
import { ensembleModel } from '../nn/inference-model.js';
import type { Network } from '../nn/network.js';
import { type TrainingData, type TrainingOptions, trainNetwork } from '../nn/training.js';
import { version } from '../version.js';
import type { Encoding } from './encoding.js';
import { within } from './metrics.js';
import type { FitTask, FittedModel } from './predictor.js';
import { fitScaling, standardise } from './target.js';

/** Size of a network, beside how it is trained. */
export interface NetworkSize {
  readonly hidden: number;
  readonly layers: number;
  readonly members: number;
}

/** Training steps that a run is given, within limits on the epochs they make. */
const STEPS = 4500;
const LEAST_EPOCHS = 30;
const MOST_EPOCHS = 600;
/** From here on, batches are four times as large. */
const MANY_SAMPLES = 4000;

/** Defaults shared by the kinds that train by gradient descent; epochs and batch size follow from the samples. */
export const trainingDefaults: Omit<TrainingOptions, 'seed' | 'epochs' | 'batchSize'> = {
  learningRate: 3e-3,
  schedule: 'cosine',
  patience: 60,
  loss: 'huber',
  weightDecay: 5e-4,
  clipNorm: 5,
  dropout: 0,
  engine: 'onnx',
  threads: 2,
};

/** Fits an ensemble of networks to log-standardised latency and traces it to ONNX. */
export async function fitNetwork(
  kind: string,
  encoding: Encoding,
  build: (size: NetworkSize, logStd: number, samples: number) => Network,
  defaults: NetworkSize & typeof trainingDefaults & { epochs?: number },
  { space, train, valid, seed, options, hooks }: FitTask,
): Promise<FittedModel> {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const samples = train.latencyMs.length;
  const batchSize = options.batchSize ?? (samples < MANY_SAMPLES ? 32 : 128);
  const stepsPerEpoch = Math.ceil(samples / batchSize);
  const epochs = Math.max(LEAST_EPOCHS, Math.min(MOST_EPOCHS, Math.round(STEPS / stepsPerEpoch)));
  const all = { epochs, batchSize, ...defaults, ...given, seed };
  const scaling = fitScaling(train.latencyMs);
  const network = build(all, scaling.std, samples);
  const data = (samples: LatencySamples): TrainingData => ({
    inputs: encoding.encode(space, samples.architectures),
    target: standardise(samples.latencyMs, scaling),
  });
  const [trainData, validData] = [data(train), data(valid)];
  const hash = createHash('sha256').update(JSON.stringify([kind, space.name, all]));
  for (const { inputs, target } of [trainData, validData]) {
    for (const values of [...Object.values(inputs), target]) hash.update(values);
  }
  const result = await trainNetwork(network, trainData, validData, all, hash.digest('hex'), {
    ...hooks,
    onEpoch(progress) {
      const predictedMs = progress.validPrediction.map((y) => Math.exp(y * scaling.std + scaling.mean));
      hooks?.onEpoch?.({ ...progress, validWithin10: within(predictedMs, valid.latencyMs, 0.1) });
    },
  });
  return {
    onnx: await ensembleModel(network, result.theta, scaling, version),
    options: { ...all, epochsRun: result.epochs, stopped: result.stopped },
    scaling,
  };
}
