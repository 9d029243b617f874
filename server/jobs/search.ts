import { fileURLToPath } from 'node:url';
import type { SearchRequest } from '../../api/search-request.js';
import type { RunEvent } from '../../src/search/run-log.js';
import { isKnown } from '../../src/search/trial.js';
import type { ModelFolder } from '../models/model-folder.js';
import type { PromotedModels } from '../models/promoted-models.js';
import type { ModelFiles } from '../models/served-predictor.js';
import { limitPredictor } from '../searches/search-costs.js';
import type { Sql } from '../store/database.js';
import type { JobRow } from '../store/jobs.js';
import { keepEvent, searchSoFar } from '../store/search-log.js';
import { beginSearch, endSearch, lockSearch, setSearchJob } from '../store/searches.js';
import { resultsOf } from '../store/trials.js';
import { runInProcess } from './child-process.js';
import type { JobQueue } from './queue.js';
import type { JobContext, JobHandler, JobOutcome } from './runner.js';
import type { SearchProgress, SearchResult, SearchTask } from './search-task.js';

const PROCESS = fileURLToPath(new URL('./search-process.js', import.meta.url));

/**
 * Continues a search: to its end if accuracies are known, otherwise by proposing what workers train next. The whole search
 * is in the store, so an attempt that replaces an interrupted one arrives at the same result.
 */
export class SearchHandler implements JobHandler {
  constructor(
    private readonly models: ModelFolder,
    private readonly promoted: PromotedModels,
  ) {}

  async run(job: JobRow, { store, folder, signal, onProgress }: JobContext): Promise<JobOutcome> {
    const { database, queue } = store;
    const id = job.request.search as string;
    const soFar = await searchSoFar(database, id);
    // It starts from the currently promoted versions, which have to be on this machine.
    await this.promoted.sync(store);
    const { warmStart = [] } = soFar.request;
    const known = soFar.events.length === 0 ? await resultsOf(database, warmStart) : [];
    const task: SearchTask = { ...soFar, known, predictors: await this.predictorsOf(soFar) };

    let trained = soFar.events.filter(({ event }) => event === 'told').length;
    let told = soFar.events.reduce((sum, event) => sum + outcomesIn(event), 0);
    const said: (SearchProgress & { readonly known: number })[] = [];
    const keepSaid = async () => {
      while (said.length > 0) {
        const kept = said.splice(0);
        await database.transaction(async (sql) => {
          await queue.assertCurrent(sql, job);
          for (const { known, ...progress } of kept) await keep(sql, id, progress, known);
          await queue.recordProgress(sql, job);
        });
        queue.emit('changed', id);
      }
    };
    let keeping = Promise.resolve();
    const result = await runInProcess<SearchTask, SearchProgress, SearchResult>(
      PROCESS,
      task,
      folder,
      signal,
      (progress) => {
        if ('event' in progress) {
          if (progress.event.event === 'told') onProgress({ trained: ++trained });
          told += outcomesIn(progress.event);
        }
        said.push({ ...progress, known: told });
        keeping = keeping.then(keepSaid);
        // Errors reach whoever awaits it below.
        keeping.catch(() => {});
      },
    );
    await keeping;
    return {
      store: async (sql) => {
        const search = await lockSearch(sql, id);
        const isExtended = search !== undefined && search.request.budget > soFar.request.budget;
        if (result.isDone && !isExtended) await endSearch(sql, id, 'succeeded');
        // Workers may have reported all results before this job ended.
        else if (search?.state === 'running' && search.pending === 0) {
          await carryOn(sql, queue, id, search.request);
        }
        return { search: id, trained: search?.trained, quality: result.quality };
      },
      after: async () => {
        queue.emit('changed', id);
        queue.emit('queued');
      },
    };
  }

  /** The predictors that currently serve the devices; only used until latencies have been kept. */
  private async predictorsOf({ request }: Pick<SearchTask, 'request'>) {
    const predictors: Record<string, ModelFiles> = {};
    for (const limit of request.limits) {
      const model = this.models.get(limit.device, limit.metric);
      if (model) predictors[limitPredictor(limit)] = await model.files();
    }
    return predictors;
  }
}

/** Number of outcomes in an event: one that was reported, or those of earlier searches. */
function outcomesIn(event: RunEvent): number {
  return event.event === 'told' ? 1 : isKnown(event) ? event.trials.length : 0;
}

/** Queues the job that proposes what to train next. The search must be locked. */
export async function carryOn(
  sql: Sql,
  queue: JobQueue,
  id: string,
  { timeLimitSeconds }: SearchRequest,
): Promise<void> {
  const job = await queue.addIn(sql, 'search', null, { search: id, timeLimitSeconds });
  await setSearchJob(sql, id, job.id);
}

/** @param known number of outcomes the attempt knew at that point */
async function keep(sql: Sql, id: string, progress: SearchProgress, known: number): Promise<void> {
  if ('begun' in progress) {
    const { candidates, optimum, latencies } = progress.begun;
    await beginSearch(sql, id, candidates, optimum, latencies);
  } else {
    await keepEvent(sql, id, progress.event, known, progress.latencyMs);
  }
}
