import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { EmulatorRequest, type OfRuns } from '../../../api/emulators.js';
import { ERRORS } from '../../../api/error.js';
import { JobAnswer } from '../../../api/jobs.js';
import { InputError } from '../../../src/base/errors.js';
import { csvRowsFrom } from '../../../src/datasets/csv.js';
import { outputList } from '../../../src/emulate/columns.js';
import { runsFrom } from '../../../src/emulate/runs.js';
import { ApiError } from '../../errors.js';
import { type EmulatorJob, SENT_FILE } from '../../jobs/emulate-task.js';
import type { Store } from '../../store/store.js';
import { addFiles, digestOf } from '../../store/version-files.js';
import { jobAnswer } from './jobs.js';

/** Emulators that are learned in the background. */
export const emulatorTraining: FastifyPluginAsyncTypebox<{ store: Store }> = async (app, { store }) => {
  app.post(
    '/v1/emulators',
    {
      schema: {
        summary:
          'Learns an emulator from runs that are sent, or that a built-in simulator makes, in the background',
        tags: ['emulators'],
        body: EmulatorRequest,
        response: { 202: JobAnswer, ...ERRORS },
      },
    },
    async ({ body }, reply) => {
      const { database, queue } = await store.ready();
      if ('csv' in body) await assertLearnable(body);
      const job = await database.transaction(async (sql) => {
        if (!('csv' in body)) return queue.addIn(sql, 'emulate', null, body);
        const { csv, ...rest } = body;
        const files = [{ name: SENT_FILE, content: Buffer.from(csv) }];
        const data = digestOf(files);
        await addFiles(sql, data, files);
        return queue.addIn(sql, 'emulate', null, { ...rest, data } satisfies EmulatorJob);
      });
      queue.emit('queued');
      return reply.code(202).header('location', `/v1/jobs/${job.id}`).send(jobAnswer(job));
    },
  );
};

/** @throws ApiError 400 with the place of what cannot be learned from */
async function assertLearnable({ csv, inputs, outputs, log }: OfRuns): Promise<void> {
  try {
    const rows = csvRowsFrom(Readable.from([csv]), 'csv');
    await runsFrom([{ file: 'csv', rows }], { inputs, outputs: outputList(outputs, 'outputs'), logs: log });
  } catch (error) {
    if (error instanceof InputError) throw new ApiError(400, 'invalid_runs', error.message);
    throw error;
  }
}
