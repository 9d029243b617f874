import { rm } from 'node:fs/promises';
import { Random } from '../../base/random.js';
import type { Samples } from '../../datasets/samples.js';
import type { CalibratedDevice } from '../../devices/calibration/calibrated-device.js';
import { deviceOf } from '../../devices/calibration/device-file.js';
import type { DeviceModel } from '../../devices/calibration/device-model.js';
import { LATENCY } from '../../metrics/metric.js';
import type { Architecture, SearchSpace } from '../../spaces/space.js';
import { keep, readKept } from '../intervals/kept-file.js';
import { gcnRecipe } from '../networks/gcn.js';
import { fittedNetwork, type TrainedNetwork, trainRecipe } from '../networks/neural.js';
import type { FitTask, PredictorKind } from '../predictor.js';
import { assertLatency, calibrated, described } from './analytic-kind.js';
import { gcnKind } from './gcn.js';

/** Default number of the space's networks to label, if it has as many. */
const LABELS = 4000;
/** Share of these used for early stopping. */
const VALID = 0.05;

/**
 * Options for training the pre-trained network on measurements: always all epochs, because the prior around
 * its parameters keeps it from fitting noise, and a few measurements are better used for training than held
 * back for early stopping.
 */
const FINE_TUNING = { learningRate: 1e-3, dropout: 0, weightDecay: 0, patience: 1000 };

/**
 * `gcn`, pre-trained on an analytic device's latencies for networks from the whole space, then trained
 * further on the measurements. Without measurements, it predicts the device's latencies.
 *
 * @param prior the device, or a device model: calibrated on the training samples if they are enough for its
 *   constants, otherwise with its values from before calibration
 * @param labels number of networks labelled by the device
 */
export function pretrainedKind(prior: DeviceModel | CalibratedDevice, labels = LABELS): PredictorKind {
  const uncalibrated = 'model' in prior ? prior : described(prior, {});
  return {
    ...gcnKind,
    description: `${gcnKind.description}; pre-trained on ${uncalibrated.id}`,
    async fit(task) {
      assertLatency(task.train.metric, uncalibrated.id);
      const device = deviceFor(prior, task.space, task.train);
      const file = task.hooks?.checkpoint && `${task.hooks.checkpoint}-pretrained`;
      const pretrained = await pretrain(task, device, labels, file);
      const { train, options } = task;
      const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
      const tuning = { ...task, options: { ...FINE_TUNING, ...given } };
      const recipe = gcnRecipe(task.space.graph, labels);
      const measured = train.values.length > 0;
      const tuned = measured ? await trainRecipe(recipe, tuning, pretrained) : pretrained;
      if (file !== undefined && !task.hooks?.signal?.aborted) await rm(file, { force: true });
      const model = await fittedNetwork(tuned);
      const pretraining = { device, labels, ...pretrained.options };
      return { ...model, options: { ...tuned.options, pretraining } };
    },
  };
}

/** Trains on labels alone. The training of a killed run is resumed from the file. */
async function pretrain(
  task: FitTask,
  device: CalibratedDevice,
  count: number,
  file: string | undefined,
): Promise<TrainedNetwork> {
  const { space, deadOperations, seed, options, hooks } = task;
  const recipe = gcnRecipe(space.graph, count);
  const decisive = { ...options, threads: undefined };
  const key = JSON.stringify([space.name, deadOperations, seed, device, count, decisive]);
  const kept = file === undefined ? undefined : await readKept<Omit<TrainedNetwork, 'network'>>(file, key);
  if (kept) return { ...kept, network: recipe.build(kept.options, kept.scaling.std, count) };
  const labels = labelled(task, device, count);
  const held = Math.round(VALID * labels.values.length);
  const { network, ...made } = await trainRecipe(recipe, {
    ...task,
    train: part(labels, held),
    valid: part(labels, 0, held),
  });
  if (file !== undefined && !hooks?.signal?.aborted) await keep(file, key, made);
  return { ...made, network };
}

function deviceFor(
  prior: DeviceModel | CalibratedDevice,
  space: SearchSpace,
  train: Samples,
): CalibratedDevice {
  if ('model' in prior) return prior;
  const enough = train.values.length >= prior.parameters.length;
  return enough ? calibrated(prior, space, train) : described(prior, {});
}

/** Distinct random networks of the space as the device runs them, with the device's latencies. */
function labelled(
  { space, deadOperations, seed }: FitTask,
  device: CalibratedDevice,
  count: number,
): Samples {
  const analytic = deviceOf(device);
  const random = new Random(seed);
  const drawn = new Map<string, Architecture>();
  // A space may have fewer networks than wanted.
  for (let draw = 0; draw < 2 * count && drawn.size < count; draw++) {
    const architecture = space.sample(random);
    if (!space.isConnected(architecture)) continue;
    const executed = deadOperations === 'pruned' ? space.prune(architecture) : architecture;
    drawn.set(executed.join(), executed);
  }
  const architectures = [...drawn.values()];
  const values = Float64Array.from(
    architectures,
    (a) => analytic.latency(space.toNetwork(space.prune(a))).latencyMs,
  );
  return { architectures, metric: LATENCY, values };
}

const part = ({ architectures, metric, values }: Samples, from: number, to?: number): Samples => ({
  architectures: architectures.slice(from, to),
  metric,
  values: values.slice(from, to),
});
