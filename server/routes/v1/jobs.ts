import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { jsonOrFile } from '../../../api/downloads.js';
import { ERRORS } from '../../../api/error.js';
import { EVENT_STREAM } from '../../../api/event-stream.js';
import { isOver } from '../../../api/job.js';
import { JobAnswer, JobParams, JobsAnswer, JobsQuery } from '../../../api/jobs.js';
import { sendTable } from '../../http/downloads.js';
import { ApiError } from '../../http/errors.js';
import { EventStreams } from '../../http/event-stream.js';
import type { PromotedModels } from '../../models/promoted-models.js';
import { callerOf } from '../../plugins/access.js';
import { findJob, type JobRow, listJobs } from '../../store/jobs.js';
import type { Store } from '../../store/store.js';
import { jobTable } from '../../tables/jobs.js';

/** `/v1/jobs`: background work, its progress and results. */
export const jobs: FastifyPluginAsyncTypebox<{ store: Store; promoted: PromotedModels }> = async (
  app,
  { store, promoted },
) => {
  const events = EventStreams.of(app, 'job');

  app.get(
    '/v1/jobs',
    {
      schema: {
        summary: 'Lists jobs, the latest first; as JSON or as a file',
        tags: ['jobs'],
        querystring: JobsQuery,
        response: {
          200: jsonOrFile(JobsAnswer),
          ...ERRORS,
        },
      },
    },
    async ({ query: { limit, format = 'json', ...filter } }, reply) => {
      const { database } = await store.ready();
      if (format !== 'json')
        return reply.send(await sendTable(reply, format, jobTable(database, filter, limit)));
      return reply.send({ jobs: (await listJobs(database, filter, limit ?? 100)).map(jobAnswer) });
    },
  );

  app.get(
    '/v1/jobs/:id',
    {
      schema: {
        summary: 'Shows a job: its state, progress and result',
        tags: ['jobs'],
        params: JobParams,
        response: { 200: JobAnswer, ...ERRORS },
      },
    },
    async ({ params: { id } }) => {
      const open = await store.ready();
      const job = found(await findJob(open.database, id), id);
      // A client that reads of a promotion must find the version served.
      if (isOver(job)) await promoted.sync(open);
      return jobAnswer(job);
    },
  );

  app.get(
    '/v1/jobs/:id/events',
    {
      schema: {
        summary: 'Follows a job by server-sent events: `job` whenever it changes, until it is over',
        tags: ['jobs'],
        params: JobParams,
        response: {
          200: EVENT_STREAM,
          ...ERRORS,
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { database, queue } = await store.ready();
      found(await findJob(database, id), id);
      const read = async () => {
        const open = await store.ready();
        const job = await findJob(open.database, id);
        if (job && isOver(job)) await promoted.sync(open);
        return job && { answer: jobAnswer(job), isOver: isOver(job) };
      };
      return events.send(reply, queue, id, read, callerOf(request));
    },
  );

  app.delete(
    '/v1/jobs/:id',
    {
      schema: {
        summary: 'Cancels a job; one that is over is left unchanged',
        tags: ['jobs'],
        params: JobParams,
        response: { 200: JobAnswer, ...ERRORS },
      },
    },
    async ({ params: { id } }) => {
      const { queue } = await store.ready();
      return jobAnswer(found(await queue.cancel(id), id));
    },
  );
};

/** A job as the API shows it. */
export function jobAnswer(job: JobRow): JobAnswer {
  const { createdAt, startedAt, finishedAt, memo: _own, ...rest } = job;
  return {
    ...rest,
    createdAt: createdAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}

function found(job: JobRow | undefined, id: string): JobRow {
  if (job) return job;
  throw new ApiError(404, 'unknown_job', `there is no job ${id}`);
}
