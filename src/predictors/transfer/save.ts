import { type Samples, select } from '../../datasets/samples.js';
import { fitScaling } from '../encodings/target.js';
import { type Calibration, calibrationOf } from '../intervals/calibration.js';
import { type FittedInterval, LEVEL } from '../intervals/interval.js';
import { IntervalModel, type Spread } from '../intervals/interval-model.js';
import { transferKind } from '../kinds/transfer.js';
import type { ModelCard } from '../saved/card.js';
import { OnnxPredictor, savePredictor } from '../saved/saved.js';
import { scores } from '../scores.js';
import { type DataSource, type DeviceFacts, modelCard } from '../train.js';
import { type Adapted, adapt } from './adapt.js';
import { adaptedInterval } from './adapted-interval.js';
import type { Basis } from './basis.js';
import type { TransferRows } from './methods.js';
import { transferredModel } from './transferred.js';

/** A new device and its measurements. */
export interface TransferredDevice {
  readonly device: string;
  readonly facts: DeviceFacts;
  readonly data: DataSource;
  /** Connected architectures, in the order of the rows. */
  readonly samples: Samples;
  /** Positions of the samples to learn from; all others are for testing. */
  readonly train: readonly number[];
  readonly seed: number;
}

/** Learns a device with the default method, and writes the predictor's folder. */
export async function saveTransferred(
  folder: string,
  rows: TransferRows,
  { samples, train, seed, ...task }: TransferredDevice,
): Promise<{ card: ModelCard; adapted: Adapted }> {
  const { basis, shared } = rows;
  const { space, deadOperations } = basis;
  const learned = select(samples, train);
  const adapted = adapt(basis, rows.columns.subMatrixRow([...train]), learned.values);
  const onnx = await transferredModel(shared.model, basis, adapted, samples.metric);
  const interval = await adaptedInterval(shared.model, basis, adapted, learned.values);
  const known = new Set(train);
  const rest = select(
    samples,
    [...samples.values.keys()].filter((i) => !known.has(i)),
  );
  const predictor = await OnnxPredictor.create(onnx, transferKind, space, deadOperations);
  let test: ModelCard['scores']['test'] = null;
  let calibration: Calibration | undefined;
  try {
    // Runs once even without test samples, so that a model that does not load is never saved.
    const predicted = await predictor.predict(
      rest.values.length < 2 ? learned.architectures : rest.architectures,
    );
    if (rest.values.length >= 2) {
      const spread = interval && (await spreadOf(interval, basis, rest.architectures));
      test = scores(predicted, rest.values, spread);
      const { better } = samples.metric;
      calibration = spread && calibrationOf({ predicted, truth: rest.values, better }, spread, interval);
    }
  } finally {
    await predictor.release();
  }
  const { hypothesis, noise, probability } = adapted.evidence[0];
  const card = modelCard(
    { ...task, space, deadOperations, samples: learned, kind: transferKind },
    {
      onnx,
      options: {
        sources: basis.sources.map(({ device }) => device),
        likeliest: { ...hypothesis, noise, probability },
        pool: shared.model.options,
      },
      scaling: fitScaling(learned.values),
    },
    {
      sizes: { train: train.length, valid: 0, test: rest.values.length },
      learned: learned.architectures,
      split: { kind: 'random', seed },
      seed,
    },
    { valid: null, test },
    interval && { ...interval, calibration },
  );
  await savePredictor(folder, onnx, card, interval?.onnx);
  return { card, adapted };
}

async function spreadOf(
  { onnx }: FittedInterval,
  { space, deadOperations }: Basis,
  architectures: Samples['architectures'],
): Promise<Spread> {
  const model = await IntervalModel.create(onnx, space, deadOperations, LEVEL, {
    encoding: transferKind.intervalEncoding,
  });
  try {
    return await model.spread(architectures);
  } finally {
    await model.release();
  }
}
