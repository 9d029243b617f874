import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { jsonOrFile } from '../../../api/downloads.js';
import { ERRORS } from '../../../api/error.js';
import { JobAnswer } from '../../../api/jobs.js';
import { StoredDeviceParams } from '../../../api/measurements.js';
import {
  PromoteBody,
  RollbackBody,
  TrainRequest,
  type Version,
  VersionsAnswer,
  VersionsQuery,
} from '../../../api/training.js';
import { LATENCY } from '../../../src/metrics/metric.js';
import { transferKind } from '../../../src/predictors/kinds/transfer.js';
import { isShipped } from '../../../src/predictors/saved/shipped.js';
import { type AskedMetric, askedMetric } from '../../http/asked-metric.js';
import { sendTable } from '../../http/downloads.js';
import { ApiError } from '../../http/errors.js';
import { LEAST_NETWORKS, otherDevices } from '../../jobs/train.js';
import type { ModelFolder } from '../../models/model-folder.js';
import type { PromotedModels } from '../../models/promoted-models.js';
import type { Sql } from '../../store/database.js';
import { measuredDevice } from '../../store/devices.js';
import { countMeasurements } from '../../store/measurements.js';
import type { OpenStore, Store } from '../../store/store.js';
import {
  type DeviceMetric,
  listVersions,
  promote,
  rollBackVersion,
  versionBefore,
} from '../../store/versions.js';
import { versionTable } from '../../tables/models.js';
import { jobAnswer } from './jobs.js';

interface TrainingOptions {
  store: Store;
  models: ModelFolder;
  promoted: PromotedModels;
}

/** Versions of a device's model: training them, and choosing the one that serves. */
export const training: FastifyPluginAsyncTypebox<TrainingOptions> = async (
  app,
  { store, models, promoted },
) => {
  app.post(
    '/v1/devices/:id/train',
    {
      schema: {
        summary: 'Trains a new version on all measurements, in the background',
        tags: ['training'],
        params: StoredDeviceParams,
        body: TrainRequest,
        response: { 202: JobAnswer, ...ERRORS },
      },
    },
    async ({ params: { id }, body }, reply) => {
      const { key } = askedMetric(body.metric);
      const { database, queue } = await store.ready();
      const { space } = await measuredDevice(database, id);
      const predictor = { device: id, metric: key };
      const count = await countMeasurements(database, predictor);
      if (count < LEAST_NETWORKS) {
        const of = key === LATENCY.name ? '' : ` of ${key}`;
        throw new ApiError(
          409,
          'too_few_measurements',
          `${id} has ${count} measurements${of}; ${LEAST_NETWORKS} are needed to train`,
        );
      }
      const alone = body.predictor !== transferKind.name;
      if (!alone && (await otherDevices(database, predictor, space)).length === 0) {
        throw new ApiError(
          409,
          'no_sources',
          `no other device of ${space} has ${LEAST_NETWORKS} measurements to learn ${id} from; upload those of another device, or train another predictor`,
        );
      }
      const job = await queue.add('train', id, body);
      return reply.code(202).header('location', `/v1/jobs/${job.id}`).send(jobAnswer(job));
    },
  );

  app.get(
    '/v1/devices/:id/versions',
    {
      schema: {
        summary: "Lists versions of a device's model, with their training data and scores",
        tags: ['training'],
        params: StoredDeviceParams,
        querystring: VersionsQuery,
        response: {
          200: jsonOrFile(VersionsAnswer),
          ...ERRORS,
        },
      },
    },
    async ({ params: { id }, query: { metric, format = 'json' } }, reply) => {
      const asked = askedMetric(metric);
      const open = await store.ready();
      await measuredDevice(open.database, id);
      const answer = await versionsOf(open, id, asked);
      if (format === 'json') return reply.send(answer);
      return reply.send(await sendTable(reply, format, versionTable(id, asked.metric, answer.versions)));
    },
  );

  app.post(
    '/v1/devices/:id/promote',
    {
      schema: {
        summary: 'Promotes a version',
        tags: ['training'],
        params: StoredDeviceParams,
        body: PromoteBody,
        response: { 200: VersionsAnswer, ...ERRORS },
      },
    },
    async ({ params: { id }, body: { metric, version } }) =>
      change(id, askedMetric(metric), (sql, predictor) => promote(sql, predictor, version)),
  );

  app.post(
    '/v1/devices/:id/rollback',
    {
      schema: {
        summary: 'Rolls back to the version that served before, or to a given one',
        tags: ['training'],
        params: StoredDeviceParams,
        body: RollbackBody,
        response: { 200: VersionsAnswer, ...ERRORS },
      },
    },
    async ({ params: { id }, body: { metric, version } }) =>
      change(id, askedMetric(metric), async (sql, predictor) => {
        const shipped = models.shipped(id, predictor.metric) !== undefined;
        if (version === undefined) await rollBackVersion(sql, predictor, shipped);
        else await promote(sql, predictor, version);
      }),
  );

  /** Changes the version that serves; answers once it serves. */
  async function change(
    device: string,
    asked: AskedMetric,
    body: (sql: Sql, predictor: DeviceMetric) => Promise<void>,
  ) {
    const open = await store.ready();
    await measuredDevice(open.database, device);
    await open.database.transaction((sql) => body(sql, { device, metric: asked.key }));
    await promoted.sync(open);
    return versionsOf(open, device, asked);
  }

  async function versionsOf({ database }: OpenStore, id: string, { key: metric, said }: AskedMetric) {
    const predictor = { device: id, metric };
    const trained = await listVersions(database, predictor);
    const model = models.get(id, metric);
    const served = model?.card;
    const versions = trained.map(({ version, card, heldOut, job, createdAt }): Version => {
      const { predictor, data, scores } = card;
      const about = { predictor, data, scores, heldOut, job, createdAt: createdAt.toISOString() };
      return { version, serving: version === served?.version, origin: 'trained', ...about };
    });
    if (model && served && !versions.some(({ serving }) => serving)) {
      const { version, predictor, data, scores, createdAt } = served;
      const about = { predictor, data, scores, heldOut: null, job: null, createdAt };
      const origin = (await isShipped(model.folder)) ? 'shipped' : 'folder';
      versions.push({ version, serving: true, origin, ...about });
    }
    const before = await versionBefore(database, predictor);
    const previous = (before === null ? models.shipped(id, metric)?.card.version : before) ?? null;
    return { device: id, ...said, serving: served?.version ?? null, previous, versions };
  }
};
