import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '#typebox';
import {
  CompressionAnswer,
  CompressionBody,
  CompressionParams,
  type CompressionsAnswer,
  CompressionsAnswer as CompressionsSchema,
  DEFAULT_STRATEGY,
} from '../../../api/compressions.js';
import { ERRORS } from '../../../api/error.js';
import { JobAnswer } from '../../../api/jobs.js';
import { rankKinds } from '../../../src/compress/strategies.js';
import { attachment } from '../../http/downloads.js';
import { ApiError } from '../../http/errors.js';
import {
  type CompressionJob,
  type CompressResult,
  REPORT_FILE,
  SENT_MODEL_FILE,
  SMALLER_FILE,
} from '../../jobs/compress-task.js';
import type { NetworkAnswers } from '../../networks/network-answers.js';
import { onnxUpload } from '../../networks/upload.js';
import { callerOf } from '../../plugins/access.js';
import { assertKept } from '../../searches/search-request.js';
import { findJob, type JobRow, listJobs } from '../../store/jobs.js';
import type { Store } from '../../store/store.js';
import { addFiles, digestOf, findFiles } from '../../store/version-files.js';
import { jobAnswer } from './jobs.js';

const MOST_LISTED = 100;

/** `/v1/compressions`: replaces a model's large matrices by two small factors each, in the background. */
export const compressions: FastifyPluginAsyncTypebox<{
  readonly store: Store;
  readonly answers: NetworkAnswers;
  /** Folders of predictors. */
  readonly folders: readonly string[];
}> = async (app, { store, answers, folders }) => {
  app.post(
    '/v1/compressions',
    {
      bodyLimit: onnxUpload.bodyLimit,
      config: { ifTooLarge: 'compress a larger file on the command line: tempograph compress' },
      schema: {
        summary: 'Chooses ranks for the matrices of an ONNX file, or of an included model, in the background',
        tags: ['compressions'],
        body: CompressionBody,
        response: { 202: JobAnswer, ...ERRORS },
      },
    },
    async (request, reply) => {
      const { body } = request;
      assertLimited(body);
      for (const [field, value] of Object.entries(body)) if (field !== 'onnx') assertKept(field, value);
      const { database, queue } = await store.ready();
      if ('onnx' in body) await answers.assertCompressible(body, folders, callerOf(request));
      const job = await database.transaction(async (sql) => {
        if (!('onnx' in body)) return queue.addIn(sql, 'compress', null, body);
        const { onnx, ...rest } = body;
        const files = [{ name: SENT_MODEL_FILE, content: Buffer.from(onnx, 'base64') }];
        const data = digestOf(files);
        await addFiles(sql, data, files);
        return queue.addIn(sql, 'compress', null, { ...rest, data } satisfies CompressionJob);
      });
      queue.emit('queued');
      return reply.code(202).header('location', `/v1/compressions/${job.id}`).send(jobAnswer(job));
    },
  );

  app.get(
    '/v1/compressions',
    {
      schema: {
        summary: 'Lists the latest hundred compressions',
        tags: ['compressions'],
        response: { 200: CompressionsSchema, ...ERRORS },
      },
    },
    async (): Promise<CompressionsAnswer> => {
      const { database } = await store.ready();
      const jobs = await listJobs(database, { kind: 'compress' }, MOST_LISTED);
      return {
        compressions: jobs.map((job) => ({ ...summaryOf(job), found: foundIn(job) })),
        strategies: rankKinds.map(({ name, description }) => ({ name, description })),
        defaultStrategy: DEFAULT_STRATEGY,
      };
    },
  );

  app.get(
    '/v1/compressions/:id',
    {
      schema: {
        summary: 'Shows the ranks chosen for a model, matrix by matrix, and all that were evaluated',
        tags: ['compressions'],
        params: CompressionParams,
        response: { 200: CompressionAnswer, ...ERRORS },
      },
    },
    async ({ params: { id } }): Promise<CompressionAnswer> => {
      const job = await compressionJob(id);
      const content = await fileOf(job, REPORT_FILE);
      const { report, notes } = content
        ? (JSON.parse(content.toString()) as CompressResult)
        : { report: null, notes: [] };
      return { ...summaryOf(job), report, notes: [...notes] };
    },
  );

  app.get(
    '/v1/compressions/:id/model',
    {
      schema: {
        summary: 'Downloads the smaller model, an ONNX file with the same inputs and outputs as the original',
        tags: ['compressions'],
        params: CompressionParams,
        response: {
          200: {
            content: {
              'application/octet-stream': {
                schema: Type.Unsafe<Buffer>({ type: 'string', format: 'binary' }),
              },
            },
          },
          ...ERRORS,
        },
      },
    },
    async ({ params: { id } }, reply) => {
      const job = await compressionJob(id);
      const content = await fileOf(job, SMALLER_FILE);
      if (!content) {
        throw new ApiError(409, 'not_done', `the compression is ${job.state}; it has no model`);
      }
      return reply
        .type('application/octet-stream')
        .header('content-disposition', attachment(`${nameOf(job)}.onnx`))
        .send(content);
    },
  );

  /** @throws ApiError 404 if there is no such job, or it is of another kind */
  async function compressionJob(id: string): Promise<JobRow> {
    const { database } = await store.ready();
    const job = await findJob(database, id);
    if (job?.kind === 'compress') return job;
    throw new ApiError(404, 'unknown_compression', `there is no compression ${id}`);
  }

  /** One of the files made by a job; undefined until it is done. */
  async function fileOf({ result }: JobRow, name: string): Promise<Buffer | undefined> {
    if (typeof result?.digest !== 'string') return undefined;
    const { database } = await store.ready();
    const files = await findFiles(database, result.digest);
    const found = files.find((file) => file.name === name);
    return found && Buffer.from(found.content);
  }
};

/** @throws ApiError 400 if there is no limit, or a latency limit without a device */
function assertLimited({ maxParameters, maxLatencyMs, maxLoss, device }: CompressionBody): void {
  if (maxParameters === undefined && maxLatencyMs === undefined && maxLoss === undefined) {
    const message = 'give a limit: `maxParameters`, `maxLatencyMs` or `maxLoss`';
    throw new ApiError(400, 'invalid_request', message);
  }
  if (maxLatencyMs !== undefined && device === undefined) {
    const message = 'a latency limit needs a `device`';
    throw new ApiError(400, 'invalid_request', message, [{ field: 'device', message }]);
  }
}

function nameOf({ request }: JobRow): string {
  return (request as unknown as CompressionJob).name;
}

function summaryOf(job: JobRow) {
  const { id, state, request, error, createdAt } = job;
  const judgedBy = 'data' in request ? ('energy' as const) : ('words' as const);
  return { id, name: nameOf(job), state, judgedBy, request, error, createdAt: createdAt.toISOString() };
}

/** A summary of a job's result. */
function foundIn({ result }: JobRow): CompressionsAnswer['compressions'][number]['found'] {
  if (!result) return null;
  const { digest: _own, ...found } = result;
  return found as NonNullable<CompressionsAnswer['compressions'][number]['found']>;
}
