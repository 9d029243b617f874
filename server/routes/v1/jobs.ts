import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { download } from '../../downloads.js';
import { ApiError } from '../../errors.js';
import { EventStreams } from '../../event-stream.js';
import { isOver, type Job } from '../../jobs/job.js';
import type { PromotedModels } from '../../promoted.js';
import { jsonOrFile } from '../../schemas/downloads.js';
import { ErrorAnswer } from '../../schemas/error.js';
import { JobAnswer, JobParams, JobsAnswer, JobsQuery } from '../../schemas/jobs.js';
import type { Store } from '../../store/store.js';
import { jobTable } from '../../tables/jobs.js';

/** Jobs in a file. */
const MOST_IN_FILE = 100_000;

/** `/v1/jobs`: background work, how far it is and what came of it. */
export const jobs: FastifyPluginAsyncTypebox<{ store: Store; promoted: PromotedModels }> = async (
  app,
  { store, promoted },
) => {
  const errors = { '4xx': ErrorAnswer, 503: ErrorAnswer };
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  const events = new EventStreams('job', closing.signal);

  app.get(
    '/v1/jobs',
    {
      schema: {
        summary: 'Jobs, the latest first; as JSON or as a file',
        tags: ['jobs'],
        querystring: JobsQuery,
        response: {
          200: jsonOrFile(JobsAnswer),
          ...errors,
        },
      },
    },
    async ({ query: { device, state, limit, format = 'json' } }, reply) => {
      const { queue } = await store.ready();
      if (format !== 'json') {
        const all = await queue.list(device, state, limit ?? MOST_IN_FILE);
        return reply.send(await download(reply, format, jobTable(all)));
      }
      return reply.send({ jobs: (await queue.list(device, state, limit ?? 100)).map(jobAnswer) });
    },
  );

  app.get(
    '/v1/jobs/:id',
    {
      schema: {
        summary: 'A job: its state, progress and result',
        tags: ['jobs'],
        params: JobParams,
        response: { 200: JobAnswer, ...errors },
      },
    },
    async ({ params: { id } }) => {
      const open = await store.ready();
      const job = found(await open.queue.get(id), id);
      // Who reads that a version is promoted finds it served.
      if (isOver(job)) await promoted.sync(open);
      return jobAnswer(job);
    },
  );

  app.get(
    '/v1/jobs/:id/events',
    {
      schema: {
        summary: 'A job as server-sent events: `job` whenever it changes, until it is over',
        tags: ['jobs'],
        params: JobParams,
        response: {
          200: { content: { 'text/event-stream': { schema: Type.Unsafe<Readable>({ type: 'string' }) } } },
          ...errors,
        },
      },
    },
    async ({ params: { id } }, reply) => {
      const open = await store.ready();
      found(await open.queue.get(id), id);
      const read = async () => {
        const job = await open.queue.get(id);
        if (job && isOver(job)) await promoted.sync(open);
        return job && { answer: jobAnswer(job), isOver: isOver(job) };
      };
      const stream = Readable.from(events.follow(open.queue, id, read));
      return reply.type('text/event-stream').header('cache-control', 'no-cache').send(stream);
    },
  );

  app.delete(
    '/v1/jobs/:id',
    {
      schema: {
        summary: 'Cancels a job; one that is over stays as it is',
        tags: ['jobs'],
        params: JobParams,
        response: { 200: JobAnswer, ...errors },
      },
    },
    async ({ params: { id } }) => {
      const { queue } = await store.ready();
      return jobAnswer(found(await queue.cancel(id), id));
    },
  );
};

/** A job as the API shows it. */
export function jobAnswer(job: Job): JobAnswer {
  const { createdAt, startedAt, finishedAt, memo: _own, ...rest } = job;
  return {
    ...rest,
    createdAt: createdAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}

function found(job: Job | undefined, id: string): Job {
  if (job) return job;
  throw new ApiError(404, 'unknown_job', `there is no job ${id}`);
}
