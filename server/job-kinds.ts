import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { JOB_KINDS, type JobKind } from '../api/job.js';
import { CompressHandler } from './jobs/compress.js';
import { EmulateHandler } from './jobs/emulate.js';
import { EvaluateHandler } from './jobs/evaluate.js';
import { LabelHandler } from './jobs/label.js';
import type { JobHandler } from './jobs/runner.js';
import { SearchHandler } from './jobs/search.js';
import { TrainHandler } from './jobs/train.js';
import type { ModelFolder } from './models/model-folder.js';
import type { PromotedModels } from './models/promoted-models.js';
import type { NetworkAnswers } from './networks/network-answers.js';
import type { CsvReader } from './reading/csv-reader.js';
import { compressions } from './routes/v1/compressions.js';
import { emulatorTraining } from './routes/v1/emulator-training.js';
import { evaluations } from './routes/v1/evaluations.js';
import { labels } from './routes/v1/labels.js';
import { searches } from './routes/v1/searches.js';
import { training } from './routes/v1/training.js';
import { trials } from './routes/v1/trials.js';
import type { StoredSpaces } from './spaces/stored-spaces.js';
import type { Store } from './store/store.js';

/** What job handlers are given. */
export interface JobParts {
  readonly models: ModelFolder;
  /** Folders of predictors. */
  readonly folders: readonly string[];
  readonly promoted: PromotedModels;
  readonly spaces: StoredSpaces;
  /** Threads of a job that works in parallel. */
  readonly threads: number;
}

/** What the routes that queue jobs are given. */
export interface JobRouteParts extends Pick<JobParts, 'models' | 'folders' | 'promoted'> {
  readonly store: Store;
  readonly csv: CsvReader;
  readonly answers: NetworkAnswers;
}

/** A kind of work in the background. */
interface Work {
  /** Makes its handler. */
  readonly handler: (parts: JobParts) => JobHandler;
  /** Routes that queue it and answer with its results. */
  readonly routes: readonly FastifyPluginAsyncTypebox<JobRouteParts>[];
}

/** Its matrices are small, so more threads would be slower. */
const THREADS_OF_TRAINING = 1;

const WORK: Readonly<Record<JobKind, Work>> = {
  train: {
    handler: ({ models, promoted }) => new TrainHandler(models, promoted, THREADS_OF_TRAINING),
    routes: [training],
  },
  search: {
    handler: ({ models, promoted }) => new SearchHandler(models, promoted),
    routes: [searches, trials],
  },
  label: { handler: ({ threads }) => new LabelHandler(threads), routes: [labels] },
  evaluate: { handler: () => new EvaluateHandler(THREADS_OF_TRAINING), routes: [evaluations] },
  emulate: { handler: ({ threads }) => new EmulateHandler(threads), routes: [emulatorTraining] },
  compress: { handler: ({ folders }) => new CompressHandler(folders), routes: [compressions] },
};

/** The handler of each kind of job. */
export function jobHandlers(parts: JobParts): Record<JobKind, JobHandler> {
  /** Loads spaces first: a job may be in a space that was just uploaded to another server. */
  const knowingSpaces = (handler: JobHandler): JobHandler => ({
    async run(job, context) {
      await parts.spaces.sync(context.store);
      return handler.run(job, context);
    },
  });
  const handlers = JOB_KINDS.map((kind) => [kind, knowingSpaces(WORK[kind].handler(parts))]);
  return Object.fromEntries(handlers) as Record<JobKind, JobHandler>;
}

/** The routes of every kind of job. */
export const jobRoutes: FastifyPluginAsyncTypebox<JobRouteParts> = async (app, parts) => {
  for (const routes of JOB_KINDS.flatMap((kind) => WORK[kind].routes)) await app.register(routes, parts);
};
