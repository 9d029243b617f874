import { availableParallelism } from 'node:os';
import { dataPaths } from '../src/base/data-folder.js';
import { jobHandlers } from './job-kinds.js';
import { JobRunner } from './jobs/runner.js';
import { ModelFolder } from './models/model-folder.js';
import { PromotedModels } from './models/promoted-models.js';
import { ServiceMetrics } from './monitoring/metrics.js';
import { tellOnce } from './monitoring/tell-once.js';
import { StoredSpaces } from './spaces/stored-spaces.js';
import { Store } from './store/store.js';

export interface JobWorkerOptions {
  /** Folder whose subfolders are predictors, with which new versions are compared if none has been promoted. */
  readonly models: string;
  /** Folder for files of running jobs and copies of model versions; must not be shared. */
  readonly data: string;
  readonly databaseUrl: string;
  /** Threads of a job. */
  readonly threads?: number;
  /** Called with problems. */
  readonly onProblem: (problem: string) => void;
}

export interface Worker {
  /** Stops; running jobs are returned to the queue. */
  close(): Promise<void>;
}

/** Takes jobs from the queue of the services on a PostgreSQL and runs them, one of each kind at a time. */
export function startWorker({
  models: folder,
  data,
  databaseUrl,
  threads = availableParallelism(),
  onProblem: tell,
}: JobWorkerOptions): Worker {
  const onProblem = tellOnce(tell);
  const metrics: ServiceMetrics = new ServiceMetrics(() => models.all().length);
  const folders = [dataPaths(data).serving, folder];
  const models = new ModelFolder({
    folders,
    cacheSize: 0,
    metrics,
    onProblem: ({ folder, message }) => onProblem(`${folder}: ${message}`),
  });
  const store = new Store({ folder: data, databaseUrl, onProblem });
  const promoted = new PromotedModels(store, models, onProblem);
  const spaces = new StoredSpaces(store, onProblem);
  const handlers = jobHandlers({ models, folders, promoted, spaces, threads });
  const runner = new JobRunner(store, handlers, onProblem);
  store.open();
  return {
    async close() {
      await runner.close();
      await promoted.close();
      await spaces.close();
      await store.close();
      await models.close();
    },
  };
}
