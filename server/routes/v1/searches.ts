import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { jsonOrFile, TableQuery } from '../../../api/downloads.js';
import { ERRORS } from '../../../api/error.js';
import { EVENT_STREAM } from '../../../api/event-stream.js';
import { isOver } from '../../../api/job.js';
import { ExtendBody, SearchBody } from '../../../api/search-request.js';
import { SearchAnswer, SearchesAnswer, SearchesQuery, SearchParams } from '../../../api/searches.js';
import { dataPaths } from '../../../src/base/data-folder.js';
import { sendTable } from '../../http/downloads.js';
import { ApiError, badField } from '../../http/errors.js';
import { EventStreams } from '../../http/event-stream.js';
import { carryOn } from '../../jobs/search.js';
import type { ModelFolder } from '../../models/model-folder.js';
import { callerOf } from '../../plugins/access.js';
import type { CsvReader } from '../../reading/csv-reader.js';
import { searchAnswer, searchSummary } from '../../searches/search-answer.js';
import { checkedSearch } from '../../searches/search-request.js';
import { checkWarmStart } from '../../searches/search-warm-start.js';
import type { Sql } from '../../store/database.js';
import { namedSpace } from '../../store/devices.js';
import { isOpenJob } from '../../store/jobs.js';
import {
  addSearch,
  endSearch,
  findSearch,
  listSearches,
  lockSearch,
  raiseBudget,
} from '../../store/searches.js';
import type { Store } from '../../store/store.js';
import { trialsOf } from '../../store/trials.js';
import { searchesTable, searchTable } from '../../tables/searches.js';

/** Largest body with a table of accuracies, bytes. */
const BODY_LIMIT = 16 * 2 ** 20;

/** `/v1/searches`: searches for the best network. */
export const searches: FastifyPluginAsyncTypebox<{
  store: Store;
  models: ModelFolder;
  csv: CsvReader;
}> = async (app, { store, models, csv }) => {
  const { accuracies: tables } = dataPaths(store.folder);
  const events = EventStreams.of(app, 'search');

  app.post(
    '/v1/searches',
    {
      bodyLimit: BODY_LIMIT,
      config: { ifTooLarge: 'leave out rows of the table that the search need not choose from' },
      schema: {
        summary: 'Starts a search in the background',
        tags: ['searches'],
        body: SearchBody,
        response: { 202: SearchAnswer, ...ERRORS },
      },
    },
    async (asked, reply) => {
      const { database, queue } = await store.ready();
      const { request, accuracies } = await checkedSearch(asked.body, models, tables, csv, callerOf(asked));
      await checkWarmStart(database, request);
      const id = randomUUID();
      await database.transaction(async (sql) => {
        await addSearch(sql, id, request, accuracies);
        await carryOn(sql, queue, id, request);
      });
      queue.emit('queued');
      return reply
        .code(202)
        .header('location', `/v1/searches/${id}`)
        .send(await answerOf(database, id));
    },
  );

  app.get(
    '/v1/searches',
    {
      schema: {
        summary: 'Lists searches, the latest first; as JSON or as a file',
        tags: ['searches'],
        querystring: SearchesQuery,
        response: { 200: jsonOrFile(SearchesAnswer), ...ERRORS },
      },
    },
    async ({ query: { limit, format = 'json' } }, reply) => {
      const { database } = await store.ready();
      if (format !== 'json')
        return reply.send(await sendTable(reply, format, searchesTable(database, limit)));
      return reply.send({ searches: (await listSearches(database, limit ?? 100)).map(searchSummary) });
    },
  );

  app.get(
    '/v1/searches/:id',
    {
      schema: {
        summary:
          'Shows a search: its state, curve, every network proposed, and their front; the networks also as a file',
        tags: ['searches'],
        params: SearchParams,
        querystring: TableQuery,
        response: {
          200: jsonOrFile(SearchAnswer),
          ...ERRORS,
        },
      },
    },
    async ({ params: { id }, query: { format = 'json' } }, reply) => {
      const { database } = await store.ready();
      const answer = await answerOf(database, id);
      return reply.send(format === 'json' ? answer : await sendTable(reply, format, searchTable(answer)));
    },
  );

  app.get(
    '/v1/searches/:id/events',
    {
      schema: {
        summary: 'Follows a search by server-sent events: `search` whenever it changes, until it is over',
        tags: ['searches'],
        params: SearchParams,
        response: {
          200: EVENT_STREAM,
          ...ERRORS,
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { database, queue } = await store.ready();
      await answerOf(database, id);
      const read = async () => {
        const answer = await answerOf((await store.ready()).database, id);
        return { answer, isOver: isOver(answer) };
      };
      return events.send(reply, queue, id, read, callerOf(request));
    },
  );

  app.post(
    '/v1/searches/:id/extend',
    {
      schema: {
        summary: 'Gives a search more networks to train; one that is over or was cancelled is resumed',
        tags: ['searches'],
        params: SearchParams,
        body: ExtendBody,
        response: { 202: SearchAnswer, ...ERRORS },
      },
    },
    async ({ params: { id }, body: { budget } }, reply) => {
      const { database, queue } = await store.ready();
      await database.transaction(async (sql) => {
        const search = await lockSearch(sql, id);
        if (!search) throw unknownSearch(id);
        const { request, job } = search;
        namedSpace(request.space);
        if (budget <= request.budget) {
          throw badField('budget', `must be more than the ${request.budget} that the search has already`);
        }
        await raiseBudget(sql, id, budget);
        // A running job sees the new budget when it ends.
        if (!(job && (await isOpenJob(sql, job)))) await carryOn(sql, queue, id, request);
      });
      queue.emit('changed', id);
      queue.emit('queued');
      return reply.code(202).send(await answerOf(database, id));
    },
  );

  app.post(
    '/v1/searches/:id/cancel',
    {
      schema: {
        summary: 'Ends a search; one that is over is left unchanged',
        tags: ['searches'],
        params: SearchParams,
        response: { 200: SearchAnswer, ...ERRORS },
      },
    },
    async ({ params: { id } }) => {
      const { database, queue } = await store.ready();
      const search = await database.transaction(async (sql) => {
        const locked = await lockSearch(sql, id);
        if (locked && !isOver(locked)) await endSearch(sql, id, 'cancelled');
        return locked;
      });
      if (search?.job && !isOver(search)) await queue.cancel(search.job);
      queue.emit('changed', id);
      return answerOf(database, id);
    },
  );
};

async function answerOf(sql: Sql, id: string): Promise<SearchAnswer> {
  const search = await findSearch(sql, id);
  if (!search) throw unknownSearch(id);
  return searchAnswer(search, await trialsOf(sql, id));
}

export function unknownSearch(id: string): ApiError {
  return new ApiError(404, 'unknown_search', `there is no search ${id}`);
}
