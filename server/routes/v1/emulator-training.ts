import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { EmulatorRequest } from '../../../api/emulators.js';
import { ERRORS } from '../../../api/error.js';
import { JobAnswer } from '../../../api/jobs.js';
import { type EmulatorJob, SENT_RUNS_FILE } from '../../jobs/emulate-task.js';
import { callerOf } from '../../plugins/access.js';
import type { CsvReader } from '../../reading/csv-reader.js';
import type { Store } from '../../store/store.js';
import { addFiles, digestOf } from '../../store/version-files.js';
import { jobAnswer } from './jobs.js';

/** Emulators that are learned in the background. */
export const emulatorTraining: FastifyPluginAsyncTypebox<{ store: Store; csv: CsvReader }> = async (
  app,
  { store, csv },
) => {
  app.post(
    '/v1/emulators',
    {
      schema: {
        summary: 'Learns an emulator in the background, from uploaded runs or those of a built-in simulator',
        tags: ['emulators'],
        body: EmulatorRequest,
        response: { 202: JobAnswer, ...ERRORS },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const { database, queue } = await store.ready();
      if ('csv' in body) await csv.assertLearnable(body, callerOf(request));
      const job = await database.transaction(async (sql) => {
        if (!('csv' in body)) return queue.addIn(sql, 'emulate', null, body);
        const { csv: sent, ...rest } = body;
        const files = [{ name: SENT_RUNS_FILE, content: Buffer.from(sent) }];
        const data = digestOf(files);
        await addFiles(sql, data, files);
        return queue.addIn(sql, 'emulate', null, { ...rest, data } satisfies EmulatorJob);
      });
      queue.emit('queued');
      return reply.code(202).header('location', `/v1/jobs/${job.id}`).send(jobAnswer(job));
    },
  );
};
