import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { ERRORS } from '../../../api/error.js';
import { EvaluateRequest } from '../../../api/evaluations.js';
import { JobAnswer } from '../../../api/jobs.js';
import { StoredDeviceParams } from '../../../api/measurements.js';
import { askedMetric } from '../../http/asked-metric.js';
import { ApiError } from '../../http/errors.js';
import { LEAST_NETWORKS } from '../../jobs/train.js';
import { measuredDevice } from '../../store/devices.js';
import { countMeasurements } from '../../store/measurements.js';
import type { Store } from '../../store/store.js';
import { jobAnswer } from './jobs.js';

/** `/v1/devices/:id/evaluate`: compares predictors on a device's measurements. */
export const evaluations: FastifyPluginAsyncTypebox<{ store: Store }> = async (app, { store }) => {
  app.post(
    '/v1/devices/:id/evaluate',
    {
      schema: {
        summary: "Compares predictors on a device's measurements, in the background",
        tags: ['jobs'],
        params: StoredDeviceParams,
        body: EvaluateRequest,
        response: { 202: JobAnswer, ...ERRORS },
      },
    },
    async ({ params: { id }, body }, reply) => {
      const { key: metric } = askedMetric(body.metric);
      const { database, queue } = await store.ready();
      await measuredDevice(database, id);
      const count = await countMeasurements(database, { device: id, metric });
      if (count < LEAST_NETWORKS) {
        const message = `${id} has ${count} measurements; ${LEAST_NETWORKS} are needed to compare predictors`;
        throw new ApiError(409, 'too_few_measurements', message);
      }
      const job = await queue.add('evaluate', id, body);
      return reply.code(202).header('location', `/v1/jobs/${job.id}`).send(jobAnswer(job));
    },
  );
};
