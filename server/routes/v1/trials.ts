import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { ERRORS } from '../../../api/error.js';
import { isOver } from '../../../api/job.js';
import { SearchParams } from '../../../api/searches.js';
import { AskAnswer, AskBody, TellAnswer, TellBody } from '../../../api/trials.js';
import { inPercent, isShare } from '../../../src/search/evaluators/percentages.js';
import type { Outcome } from '../../../src/search/trial.js';
import { ApiError, badField } from '../../http/errors.js';
import type { JobQueue } from '../../jobs/queue.js';
import { carryOn } from '../../jobs/search.js';
import { splitCosts } from '../../searches/search-costs.js';
import { assertKept } from '../../searches/search-request.js';
import type { Sql } from '../../store/database.js';
import { isOpenJob } from '../../store/jobs.js';
import { renewLeases } from '../../store/leases.js';
import { endSearch, findSearch, lockSearch, reopenSearch, type SearchRow } from '../../store/searches.js';
import type { Store } from '../../store/store.js';
import { claimTrials, hasFreeTrial, lentTrials, tellTrial } from '../../store/trials.js';
import { unknownSearch } from './searches.js';

/** `/v1/searches/:id/ask` and `…/tell`: how workers train a search's networks. */
export const trials: FastifyPluginAsyncTypebox<{ store: Store }> = async (app, { store }) => {
  app.post(
    '/v1/searches/:id/ask',
    {
      config: { role: 'measure', audited: 'if noted' },
      schema: {
        summary: 'Lends a worker the next networks to train',
        tags: ['searches'],
        params: SearchParams,
        body: AskBody,
        response: { 200: AskAnswer, ...ERRORS },
      },
    },
    async (asked) => {
      const { id } = asked.params;
      const { worker, count = 1, holding = [], leaseSeconds = 3600 } = asked.body;
      const { database, queue } = await store.ready();
      const { state, request } = askable(await findSearch(database, id), id);
      if (holding.length > 0) await renewLeases(database, lentTrials, id, worker, holding, leaseSeconds);
      const lent = isOver({ state }) ? [] : await claimTrials(database, id, worker, count, leaseSeconds);
      // Propose more, so that workers do not wait for the trials of others.
      if (lent.length === 0 && count > 0) {
        const isQueued = await database.transaction(async (sql) => {
          const search = askable(await lockSearch(sql, id), id);
          return !isOver(search) && haveMore(sql, queue, search);
        });
        if (isQueued) queue.emit('queued');
      }
      asked.noted = lent.length > 0;
      if (asked.noted) queue.emit('changed', id);
      const trials = lent.map((trial) => ({ ...trial, ...splitCosts(request, trial.latencyMs) }));
      return { state, space: request.space, trials, leaseSeconds };
    },
  );

  app.post(
    '/v1/searches/:id/tell',
    {
      config: { role: 'measure' },
      schema: {
        summary:
          'Reports accuracies of networks, or why they could not be trained; may be repeated, and corrected with `replace`',
        tags: ['searches'],
        params: SearchParams,
        body: TellBody,
        response: { 200: TellAnswer, ...ERRORS },
      },
    },
    async ({ params: { id }, body: { worker, results } }) => {
      const outcomes = results.map((result, i) => outcomeOf(result, `results.${i}`));
      const { database, queue } = await store.ready();
      const answer = await database.transaction(async (sql) => {
        const search = askable(await lockSearch(sql, id), id);
        if (search.trained === 0) assertNoShares(results);
        const numbers: Record<'recorded' | 'known' | 'differs', number[]> = {
          recorded: [],
          known: [],
          differs: [],
        };
        for (const [i, { number, replace: instead }] of results.entries()) {
          const told = await tellTrial(sql, id, number, outcomes[i], { worker, instead });
          if (told === undefined) {
            throw badField(`results.${i}.number`, `no network of this search has number ${number}`);
          }
          numbers[told].push(number);
        }
        if (numbers.recorded.length > 0) await goOn(sql, queue, search);
        const { state } = (await findSearch(sql, id))!;
        // `known` includes those that differ.
        const { recorded, differs } = numbers;
        return { state, recorded, known: [...numbers.known, ...differs].sort((a, b) => a - b), differs };
      });
      queue.emit('changed', id);
      queue.emit('queued');
      return answer;
    },
  );
};

/**
 * Ends a search whose budget is spent, or has more networks proposed if none is waiting for a worker; also resumes a search
 * that had succeeded, if a result was withdrawn.
 */
async function goOn(sql: Sql, queue: JobQueue, { id, state }: SearchRow): Promise<void> {
  const told = (await findSearch(sql, id))!;
  const { pending, trained, request } = told;
  if (state === 'succeeded' && trained < request.budget) await reopenSearch(sql, id);
  else if (isOver({ state })) return;
  if (pending === 0 && trained >= request.budget) await endSearch(sql, id, 'succeeded');
  else await haveMore(sql, queue, told);
}

/**
 * Has networks proposed while others are being trained, if there are candidates and budget left, and none is waiting for
 * a worker.
 *
 * @returns whether a job was queued for it
 */
async function haveMore(sql: Sql, queue: JobQueue, search: SearchRow): Promise<boolean> {
  const { id, job, trained, known, failed, pending, candidates, request } = search;
  if (trained + pending >= request.budget || (await hasFreeTrial(sql, id))) return false;
  if (pending > 0 && candidates !== null && known + trained + failed + pending >= candidates) return false;
  // A running job notices at its end that all results are in; if not, the next request starts another job.
  if (job && (await isOpenJob(sql, job))) return false;
  await carryOn(sql, queue, id, request);
  return true;
}

/** @throws ApiError 404 if there is no such search, 409 if its accuracies are known */
function askable(search: SearchRow | undefined, id: string): SearchRow {
  if (!search) throw unknownSearch(id);
  if (search.request.evaluator.kind === 'ask-tell') return search;
  throw new ApiError(409, 'not_asked', `search ${id} takes its accuracies from a table, not from workers`);
}

/** @throws ApiError 400 if the first accuracies of a search look like shares, and are not confirmed to be in percent */
function assertNoShares(results: TellBody['results']): void {
  const told = [...results.entries()].filter(([, { accuracy }]) => accuracy !== undefined);
  const first = told[0];
  if (!first || told.some(([, { accuracy, percent }]) => percent || !isShare(accuracy!))) return;
  const [at, { accuracy }] = first;
  throw badField(
    `results.${at}.accuracy`,
    `${inPercent(accuracy!)} If ${accuracy} % is meant, say so with \`percent\`: true`,
  );
}

function outcomeOf(
  { accuracy, error, seconds, details }: TellBody['results'][number],
  field: string,
): Outcome {
  if ((accuracy === undefined) === (error === undefined)) {
    throw badField(field, 'a result has either an accuracy or an error');
  }
  assertKept(`${field}.details`, details ?? null);
  const time = seconds === undefined ? {} : { seconds };
  if (error !== undefined) return { error, ...time };
  return { accuracy: accuracy!, ...time, ...(details && { details }) };
}
