import { InputError, quote } from '../src/base/errors.js';
import { endsIn } from '../src/base/file-ending.js';
import { version } from '../src/base/version.js';
import { NetworkDoesNotFitError } from '../src/devices/device.js';
import { LATENCY, type Metric, sameMetric } from '../src/metrics/metric.js';
import type { KeptQuantiles } from '../src/predictors/intervals/within-limit.js';
import type { Predictor } from '../src/predictors/predictor.js';
import { type ModelCard, targetOf } from '../src/predictors/saved/card.js';
import { listModels, modelInFolderNamed } from '../src/predictors/saved/model-folder.js';
import { loadPredictor } from '../src/predictors/saved/saved.js';
import { spaceNamed } from '../src/spaces/registry.js';
import type { Architecture, SearchSpace } from '../src/spaces/space.js';
import { percent } from './percent.js';

// Loaded only when needed: most predictors answer without them.
const catalogue = () => import('../src/devices/catalogue.js');
const findKernels = () => import('../src/predictors/kernels/find.js');

/** Flags of `tempograph predict` that say which predictor or device answers. */
export interface PredictSourceFlags {
  device?: string;
  model?: string;
  models: string;
  space: string;
  metric?: Metric;
}

/** What answers: a trained predictor, or an analytic device. */
export interface Source {
  /** A value for each architecture, or the reason why the device has no room for it. */
  readonly values: (
    architectures: readonly Architecture[],
  ) => Promise<Iterable<number | NetworkDoesNotFitError>>;
  /** How far to trust the values; absent if the predictor does not know. */
  readonly spread?: Predictor['spread'];
  /** Quantiles of measurements within its intervals, if it knows them. */
  readonly quantiles?: KeptQuantiles;
  readonly space: SearchSpace;
  readonly device: string;
  readonly version: string;
  readonly metric: Metric;
  readonly batchSize: number | null;
  readonly precision: string | null;
  /** The line below a table. */
  readonly about: string;
  release(): Promise<void>;
}

/**
 * Opens the source for a device, or a predictor's folder.
 *
 * @throws InputError listing the devices known
 */
export async function openSource({
  device,
  model,
  models,
  space,
  metric,
}: PredictSourceFlags): Promise<Source> {
  if (model !== undefined) return openFolder(model);
  const named = device === undefined ? undefined : await modelInFolderNamed(models, device);
  if (named && chosen([named], metric ?? LATENCY)) return openFolder(named.folder);
  const entries = (await listModels(models)).filter((entry) => 'card' in entry);
  const ofDevice = entries.filter(({ card }) => card.device === device);
  const found = chosen(ofDevice, metric);
  if (found) return openFolder(found.folder);
  if (device !== undefined && (endsIn(device, '.json') || device.includes(':'))) {
    return openAnalytic(device, spaceNamed(space));
  }
  if (device !== undefined && (metric === undefined || metric.name === LATENCY.name)) {
    const kernels = await openKernels(models, device, spaceNamed(space));
    if (kernels) return kernels;
  }
  const [{ analyticDevices }, { kernelsFolders }] = await Promise.all([catalogue(), findKernels()]);
  const known = entries.map(({ card }) => card.device).join(', ') || `none in ${models}`;
  const problem =
    device === undefined
      ? 'name a --device or a --model'
      : ofDevice.length > 0
        ? `there are predictors for ${quote(device)} of ${ofDevice.map(({ card }) => targetOf(card).metric.name).join(', ')}; choose one with --metric`
        : `there is no predictor for ${quote(device)}`;
  const analytic = analyticDevices.map(({ id }) => id).join(', ');
  const kernels = (await kernelsFolders(models)).join(', ') || 'none';
  const there = `devices with one: ${known}; by their kernels, in any space: ${kernels}; analytic: ${analytic}`;
  throw new InputError(`${problem}; ${there}`, {
    field: '--device',
  });
}

/** The predictor of a metric: without a name that of latency, or else the only one. */
function chosen<Entry extends { readonly card: ModelCard }>(
  entries: readonly Entry[],
  metric: Metric | undefined,
): Entry | undefined {
  const found = entries.find(({ card }) => sameMetric(targetOf(card).metric, metric ?? LATENCY));
  return found ?? (metric === undefined && entries.length === 1 ? entries[0] : undefined);
}

async function openFolder(folder: string): Promise<Source> {
  const predictor = await loadPredictor(folder);
  const { device, description, version, scores } = predictor.card;
  const { metric, batchSize, precision } = targetOf(predictor.card);
  const accuracy = scores.test ? `, ±10 % for ${percent(scores.test.within10)} of test networks` : '';
  return {
    values: (architectures) => predictor.predict(architectures),
    spread: predictor.spread,
    quantiles: predictor.card.interval,
    space: predictor.space,
    device,
    version,
    metric,
    batchSize,
    precision,
    about: `${description}, ${metric.name}, batch ${batchSize ?? 'size unknown'}; version ${version}${accuracy}`,
    release: () => predictor.release(),
  };
}

/** A source that knows the device's kernels, learned from networks of any kind. */
async function openKernels(models: string, device: string, space: SearchSpace): Promise<Source | undefined> {
  const kernels = await (await findKernels()).kernelsOf(models, device);
  if (!kernels) return undefined;
  const { SpaceKernels } = await import('../src/predictors/kernels/space-kernels.js');
  const predictor = new SpaceKernels(kernels, space);
  const { description, data } = kernels.card;
  return {
    values: (architectures) => predictor.predict(architectures),
    spread: predictor.spread,
    quantiles: kernels.card.interval ?? undefined,
    space,
    device: kernels.card.device,
    version: kernels.card.version,
    metric: LATENCY,
    batchSize: 1,
    precision: 'fp32',
    about: `${description}, latency, batch 1; version ${kernels.card.version}, by its kernels in ${data.networks} networks`,
    release: async () => {},
  };
}

async function openAnalytic(name: string, space: SearchSpace): Promise<Source> {
  const device = (await catalogue()).analyticDevice(name);
  const constants = device.parameters.map((p) => `${p.name} ${p.value} ${p.unit}`).join(', ');
  const latency = (architecture: Architecture) => {
    try {
      return device.latency(space.toNetwork(space.prune(architecture))).latencyMs;
    } catch (error) {
      if (error instanceof NetworkDoesNotFitError) return error;
      throw error;
    }
  };
  return {
    values: async (architectures) => architectures.map(latency),
    space,
    device: device.id,
    version: `tempograph ${version}`,
    metric: LATENCY,
    batchSize: 1,
    precision: device.precision,
    about: `analytic: ${device.description}, batch 1 (${constants})`,
    release: async () => {},
  };
}
