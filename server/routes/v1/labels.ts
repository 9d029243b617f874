import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { ERRORS } from '../../../api/error.js';
import { JobAnswer } from '../../../api/jobs.js';
import { LabelRequest, MOST_LABELLED } from '../../../api/labels.js';
import { StoredDeviceParams } from '../../../api/measurements.js';
import { quote } from '../../../src/base/errors.js';
import { ApiError, badField } from '../../http/errors.js';
import type { ModelFolder } from '../../models/model-folder.js';
import { findAccelerator } from '../../networks/find-accelerator.js';
import { numbered } from '../../spaces/numbered.js';
import { keepDevice, namedSpace, resolveDevice } from '../../store/devices.js';
import type { Store } from '../../store/store.js';
import { jobAnswer } from './jobs.js';

/** `/v1/devices/:id/label`: latencies of an analytic device, kept as measurements. */
export const labels: FastifyPluginAsyncTypebox<{ store: Store; models: ModelFolder }> = async (
  app,
  { store, models },
) => {
  app.post(
    '/v1/devices/:id/label',
    {
      schema: {
        summary:
          "Computes latencies on an analytic device in the background, and stores them as a device's measurements",
        tags: ['jobs'],
        params: StoredDeviceParams,
        body: LabelRequest,
        response: { 202: JobAnswer, ...ERRORS },
      },
    },
    async ({ params: { id }, body }, reply) => {
      const { database, queue } = await store.ready();
      const { description, precision } = findAccelerator(body.analytic, 'analytic');
      const space = namedSpace(body.space);
      await numbered(space);
      if (body.samples === undefined && space.size > MOST_LABELLED) {
        const size = space.size.toLocaleString('en');
        throw badField(
          'samples',
          `${space.name} has ${size} architectures: say how many to draw, at most ${MOST_LABELLED}`,
        );
      }
      const claims = { space: space.name, deadOperations: 'pruned', batchSize: 1, precision } as const;
      const device = await resolveDevice(database, id, { ...claims, description }, models.anyOf(id)?.card);
      if (device.description !== description) {
        const message = `device ${quote(id)} is ${quote(device.description)}; keep labels of ${body.analytic} under another name`;
        throw new ApiError(409, 'other_device', message);
      }
      const job = await database.transaction(async (sql) => {
        await keepDevice(sql, device);
        return queue.addIn(sql, 'label', id, body);
      });
      queue.emit('queued');
      return reply.code(202).header('location', `/v1/jobs/${job.id}`).send(jobAnswer(job));
    },
  );
};
