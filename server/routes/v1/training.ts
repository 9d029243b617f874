import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { jsonOrFile, TableQuery } from '../../../api/downloads.js';
import { ERRORS } from '../../../api/error.js';
import { JobAnswer } from '../../../api/jobs.js';
import { StoredDeviceParams } from '../../../api/measurements.js';
import {
  PromoteBody,
  RollbackBody,
  TrainRequest,
  type Version,
  VersionsAnswer,
} from '../../../api/training.js';
import { transferKind } from '../../../src/predictors/kinds/transfer.js';
import { download } from '../../downloads.js';
import { ApiError } from '../../errors.js';
import { LEAST_NETWORKS, otherDevices } from '../../jobs/train.js';
import type { ModelFolder } from '../../models/model-folder.js';
import type { PromotedModels } from '../../models/promoted-models.js';
import type { Sql } from '../../store/database.js';
import { measuredDevice } from '../../store/devices.js';
import { countMeasurements } from '../../store/measurements.js';
import type { OpenStore, Store } from '../../store/store.js';
import { listVersions, promote, rollBack, versionBefore } from '../../store/versions.js';
import { versionTable } from '../../tables/models.js';
import { jobAnswer } from './jobs.js';

interface TrainingOptions {
  store: Store;
  models: ModelFolder;
  promoted: PromotedModels;
}

/** Versions of a device's model: training one, and choosing which serves. */
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
      const { database, queue } = await store.ready();
      const { space } = await measuredDevice(database, id);
      const count = await countMeasurements(database, id);
      if (count < LEAST_NETWORKS) {
        throw new ApiError(
          409,
          'too_few_measurements',
          `${id} has ${count} measurements; ${LEAST_NETWORKS} are needed to train`,
        );
      }
      if (body.predictor === transferKind.name && (await otherDevices(database, id, space)).length === 0) {
        throw new ApiError(
          409,
          'no_sources',
          `no other device of ${space} has ${LEAST_NETWORKS} measurements to learn ${id} from; upload those of one, or train another predictor`,
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
        summary: "Versions of a device's model, what each was trained on and how it did",
        tags: ['training'],
        params: StoredDeviceParams,
        querystring: TableQuery,
        response: {
          200: jsonOrFile(VersionsAnswer),
          ...ERRORS,
        },
      },
    },
    async ({ params: { id }, query: { format = 'json' } }, reply) => {
      const open = await store.ready();
      await measuredDevice(open.database, id);
      const answer = await versionsOf(open, id);
      if (format === 'json') return reply.send(answer);
      return reply.send(await download(reply, format, versionTable(id, answer.versions)));
    },
  );

  app.post(
    '/v1/devices/:id/promote',
    {
      schema: {
        summary: 'Has a version serve',
        tags: ['training'],
        params: StoredDeviceParams,
        body: PromoteBody,
        response: { 200: VersionsAnswer, ...ERRORS },
      },
    },
    async ({ params: { id }, body: { version } }) => change(id, (sql) => promote(sql, id, version)),
  );

  app.post(
    '/v1/devices/:id/rollback',
    {
      schema: {
        summary: 'Has the version serve that did before, or a given one',
        tags: ['training'],
        params: StoredDeviceParams,
        body: RollbackBody,
        response: { 200: VersionsAnswer, ...ERRORS },
      },
    },
    async ({ params: { id }, body: { version } }) =>
      change(id, async (sql) => {
        if (version === undefined) await rollBack(sql, id, models.shipped(id) !== undefined);
        else await promote(sql, id, version);
      }),
  );

  /** Changes which version serves; answers when it does. */
  async function change(id: string, body: (sql: Sql) => Promise<void>) {
    const open = await store.ready();
    await measuredDevice(open.database, id);
    await open.database.transaction(body);
    await promoted.sync(open);
    return versionsOf(open, id);
  }

  async function versionsOf({ database }: OpenStore, id: string) {
    const trained = await listVersions(database, id);
    const served = models.get(id)?.card;
    const versions = trained.map(({ version, card, heldOut, job, createdAt }): Version => {
      const { predictor, data, scores } = card;
      const about = { predictor, data, scores, heldOut, job, createdAt: createdAt.toISOString() };
      return { version, serving: version === served?.version, origin: 'trained', ...about };
    });
    if (served && !versions.some(({ serving }) => serving)) {
      const { version, predictor, data, scores, createdAt } = served;
      const about = { predictor, data, scores, heldOut: null, job: null, createdAt };
      versions.push({ version, serving: true, origin: 'shipped', ...about });
    }
    const before = await versionBefore(database, id);
    const previous = (before === null ? models.shipped(id)?.card.version : before) ?? null;
    return { device: id, serving: served?.version ?? null, previous, versions };
  }
};
