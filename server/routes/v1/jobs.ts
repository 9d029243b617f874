import { on } from 'node:events';
import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ApiError } from '../../errors.js';
import { isOver, type Job } from '../../jobs/job.js';
import type { JobQueue } from '../../jobs/queue.js';
import type { PromotedModels } from '../../promoted.js';
import { ErrorAnswer } from '../../schemas/error.js';
import { JobAnswer, JobParams, JobsAnswer, JobsQuery } from '../../schemas/jobs.js';
import type { OpenStore, Store } from '../../store/store.js';

/** How often a stream looks at a job that another server may run, ms. */
const LOOK_EVERY_MS = 1000;
/** How often a stream says something although nothing has changed, ms: proxies close silent connections. */
const ALIVE_EVERY_MS = 15_000;

/** `/v1/jobs`: background work, how far it is and what came of it. */
export const jobs: FastifyPluginAsyncTypebox<{ store: Store; promoted: PromotedModels }> = async (
  app,
  { store, promoted },
) => {
  const errors = { '4xx': ErrorAnswer, 503: ErrorAnswer };
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());

  app.get(
    '/v1/jobs',
    {
      schema: {
        summary: 'Jobs, the latest first',
        tags: ['jobs'],
        querystring: JobsQuery,
        response: { 200: JobsAnswer, ...errors },
      },
    },
    async ({ query: { device, state, limit = 100 } }) => {
      const { queue } = await store.ready();
      return { jobs: (await queue.list(device, state, limit)).map(jobAnswer) };
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
      const stream = Readable.from(events(open, id, closing.signal));
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

  async function* events(open: OpenStore, id: string, closing: AbortSignal): AsyncGenerator<string> {
    let told = '';
    let toldAt = Date.now();
    while (!closing.aborted) {
      const job = await open.queue.get(id);
      if (!job) return;
      const text = JSON.stringify(jobAnswer(job));
      if (isOver(job)) await promoted.sync(open);
      if (text !== told || Date.now() - toldAt >= ALIVE_EVERY_MS) {
        yield text === told ? ': still here\n\n' : `event: job\ndata: ${text}\n\n`;
        told = text;
        toldAt = Date.now();
      }
      if (isOver(job)) return;
      await changeOf(open.queue, id, closing);
    }
  }
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

/** Resolves when this process changes the job, else after a while. */
async function changeOf(queue: JobQueue, id: string, closing: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([closing, AbortSignal.timeout(LOOK_EVERY_MS)]);
  try {
    for await (const [changed] of on(queue, 'changed', { signal })) if (changed === id) return;
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
  }
}
