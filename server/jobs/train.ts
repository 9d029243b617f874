import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TrainRequest } from '../../api/training.js';
import { InputError } from '../../src/base/errors.js';
import { LATENCY, type Metric, metricKey, metricNamed } from '../../src/metrics/metric.js';
import { transferKind } from '../../src/predictors/kinds/transfer.js';
import type { ModelCard } from '../../src/predictors/saved/card.js';
import { readModelCard } from '../../src/predictors/saved/saved.js';
import { SOURCE_SAMPLES } from '../../src/predictors/transfer/pool.js';
import type { ModelFolder } from '../models/model-folder.js';
import type { PromotedModels } from '../models/promoted-models.js';
import { filesIn } from '../models/version-folder.js';
import type { Sql } from '../store/database.js';
import { type DeviceRow, measuredDevice, measuredDevices } from '../store/devices.js';
import type { JobRow } from '../store/jobs.js';
import { lastMeasurement, medianValues, someValues } from '../store/measurements.js';
import { addFiles, digestOf } from '../store/version-files.js';
import {
  addVersion,
  type DeviceMetric,
  type HeldOutComparison,
  promote,
  promotionOf,
  servedVersion,
} from '../store/versions.js';
import { runInProcess } from './child-process.js';
import { JobCheckpoint } from './job-checkpoint.js';
import type { JobContext, JobHandler, JobOutcome } from './runner.js';
import { isCheckpoint, type TaskSource, type TrainProgress, type TrainTask } from './train-task.js';

/** Least networks needed to train a model. */
export const LEAST_NETWORKS = 10;
/** Least held-out networks needed to compare two models. */
const LEAST_HELD_OUT = 5;

const PROCESS = fileURLToPath(new URL('./train-process.js', import.meta.url));

/** Trains the next version of a device's predictor on all measurements of its metric, and promotes it if it is better, or as requested. */
export class TrainHandler implements JobHandler {
  constructor(
    private readonly models: ModelFolder,
    private readonly promoted: PromotedModels,
    /** Threads of a training. */
    private readonly threads: number,
    /** How often a training saves its checkpoint. */
    private readonly checkpointEveryMs = 30_000,
  ) {}

  async run(job: JobRow, { store, folder, signal, onProgress }: JobContext): Promise<JobOutcome> {
    const { database, queue } = store;
    const { device } = job;
    if (device === null) throw new InputError('a training needs a device');
    const request = job.request as TrainRequest;
    const metric = metricNamed(request.metric ?? LATENCY.name);
    const predictor = { device, metric: metricKey(metric) };
    // An attempt that resumes from a checkpoint needs the same data.
    const last = (job.memo?.lastMeasurement as number) ?? (await lastMeasurement(database, predictor));
    await queue.remember(database, job, { lastMeasurement: last });
    // The version to compare with may have been promoted by another process.
    await this.promoted.sync(store);
    const promotion = await promotionOf(database, predictor);
    const promotedHere = await servedVersion(database, predictor);
    const incumbent = promotedHere ? undefined : this.models.get(device, predictor.metric)?.card;
    const task = {
      ...(await this.taskOf(predictor, metric, store, request, last)),
      // A leftover process of an earlier attempt may still write to its own folder.
      out: `model-${job.attempt}`,
    };
    const checkpoint = new JobCheckpoint(store, job, folder, isCheckpoint, this.checkpointEveryMs);
    await checkpoint.restore();
    let epochs = job.progress ?? {};
    const heldOut = await checkpoint.keepDuring(
      runInProcess<TrainTask, TrainProgress, HeldOutComparison>(PROCESS, task, folder, signal, (progress) => {
        if ('epoch' in progress) epochs = { ...progress };
        onProgress({ ...epochs, ...progress });
      }),
    );
    const out = join(folder, task.out);
    const card = await readModelCard(out);
    const files = await filesIn(out);
    const digest = digestOf(files);
    const { version } = card;
    const note = incumbent && uploadOnly(task.measurements.length, incumbent);
    return {
      store: async (sql) => {
        await addFiles(sql, digest, files);
        const entry = { version, digest, job: job.id, lastMeasurement: last, card, heldOut };
        await addVersion(sql, predictor, entry);
        const unchanged = (await promotionOf(sql, predictor)) === promotion;
        const verdict = judge(request.promote ?? 'if-better', version, heldOut, unchanged);
        if (verdict.promoted) await promote(sql, predictor, version);
        return {
          metric: predictor.metric,
          version,
          heldOut,
          ...verdict,
          ...(note !== undefined && { note }),
        };
      },
      after: () => this.promoted.sync(store),
    };
  }

  private async taskOf(
    of: DeviceMetric,
    metric: Metric,
    { database }: JobContext['store'],
    { predictor = 'gcn', epochs }: TrainRequest,
    last: number,
  ): Promise<Omit<TrainTask, 'out'>> {
    const { device: id } = of;
    const device = await measuredDevice(database, id);
    const measurements = await medianValues(database, of, last);
    if (measurements.length < LEAST_NETWORKS) {
      throw new InputError(
        `${measurements.length} networks are measured on ${id}; ${LEAST_NETWORKS} are needed`,
      );
    }
    const { description, batchSize, precision, space, deadOperations } = device;
    return {
      device: id,
      space,
      deadOperations,
      facts: { description, batchSize, precision },
      data: {
        name: `${id}, measurements of ${metric.name} up to ${last}`,
        source: 'uploaded to this service',
        licence: 'unknown',
        sha256: createHash('sha256').update(JSON.stringify(measurements)).digest('hex'),
      },
      predictor,
      epochs,
      threads: this.threads,
      checkpointEveryMs: this.checkpointEveryMs,
      metric,
      measurements,
      sources: predictor === transferKind.name ? await sourcesOf(database, of, device.space) : [],
      incumbent: (await this.models.get(id, of.metric)?.files()) ?? null,
    };
  }
}

/**
 * The measurements of the other devices of a space.
 *
 * @throws InputError if there are none
 */
async function sourcesOf(database: Sql, of: DeviceMetric, space: string): Promise<TaskSource[]> {
  const sources: TaskSource[] = [];
  for (const { id: device, deadOperations } of await otherDevices(database, of, space)) {
    const measurements = await someValues(database, { device, metric: of.metric }, SOURCE_SAMPLES);
    sources.push({ device, deadOperations, measurements });
  }
  if (sources.length > 0) return sources;
  throw new InputError(
    `there is no other device of ${space} with at least ${LEAST_NETWORKS} networks to learn from; upload measurements of one`,
  );
}

/** Other devices of the space with enough measurements to learn a predictor's metric from. */
export async function otherDevices(
  database: Sql,
  { device, metric }: DeviceMetric,
  space: string,
): Promise<DeviceRow[]> {
  const devices = await measuredDevices(database);
  return devices.filter(
    ({ id, measurements, ...of }) =>
      id !== device && of.space === space && (measurements[metric] ?? 0) >= LEAST_NETWORKS,
  );
}

/** Explains what a new version lacks compared with a predictor from the folder, whose data is not in the store. */
export function uploadOnly(networks: number, { data }: Pick<ModelCard, 'data'>): string {
  const many = (count: number) => count.toLocaleString('en');
  return `it learned only from the ${many(networks)} networks measured here, not from the data of the predictor it was compared with (${data.name}, ${many(data.train)} training samples); upload that data to include it`;
}

/**
 * Whether a version is promoted, and why.
 *
 * @param incumbentServes whether the version it was compared with still serves
 */
export function judge(
  wanted: NonNullable<TrainRequest['promote']>,
  version: string,
  { samples, error, incumbent }: HeldOutComparison,
  incumbentServes: boolean,
): { promoted: boolean; reason: string } {
  if (wanted !== 'if-better') return { promoted: wanted === 'always', reason: 'as requested' };
  if (!incumbentServes) {
    return { promoted: false, reason: 'another version was promoted during its training' };
  }
  if (incumbent === null) return { promoted: true, reason: 'nothing served the device before' };
  if (incumbent.version === version)
    return { promoted: false, reason: 'it is the version that already serves' };
  if (samples < LEAST_HELD_OUT || error === null || incumbent.error === null) {
    return {
      promoted: false,
      reason: `only ${samples} held-out networks; ${LEAST_HELD_OUT} are needed to compare`,
    };
  }
  const promoted = error < incumbent.error;
  const comparison = `mean |ln(measured / predicted)| ${error.toFixed(4)} against ${incumbent.error.toFixed(4)} on ${samples} held-out networks`;
  return { promoted, reason: `${promoted ? 'better' : 'not better'}: ${comparison}` };
}
