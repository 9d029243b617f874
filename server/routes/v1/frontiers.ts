import { join } from 'node:path';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { jsonOrFile, TableQuery } from '../../../api/downloads.js';
import { ErrorAnswer } from '../../../api/error.js';
import { FrontierParams, FrontiersAnswer } from '../../../api/frontiers.js';
import { InputError, quote } from '../../../src/base/errors.js';
import { folderEntries } from '../../../src/base/folder-entries.js';
import { FrontierFile, readFrontier } from '../../../src/search/codesign/frontier-file.js';
import { sendTable } from '../../http/downloads.js';
import { ApiError } from '../../http/errors.js';
import { frontiersTable, frontierTable } from '../../tables/frontiers.js';

/** `/v1/frontiers`: what `tempograph codesign` found, from the files in a folder of the service's data. */
export const frontiers: FastifyPluginAsyncTypebox<{ folder?: string }> = async (app, { folder }) => {
  app.get(
    '/v1/frontiers',
    {
      schema: {
        summary: 'Lists frontiers of networks and accelerators, without their points; as JSON or as a file',
        tags: ['accelerators'],
        querystring: TableQuery,
        response: { 200: jsonOrFile(FrontiersAnswer) },
      },
    },
    async ({ query: { format = 'json' } }, reply) => {
      const answer: FrontiersAnswer = { frontiers: [], problems: [] };
      for (const name of folder ? await namesIn(folder) : []) {
        try {
          const { points, ...about } = await readFrontier(join(folder!, `${name}.json`));
          answer.frontiers.push({ name, ...about, points: points.length });
        } catch (error) {
          answer.problems.push({ name, message: (error as Error).message });
        }
      }
      return reply.send(format === 'json' ? answer : await sendTable(reply, format, frontiersTable(answer)));
    },
  );

  app.get(
    '/v1/frontiers/:name',
    {
      schema: {
        summary: 'Shows a frontier of accuracy, latency and area; its pairs also as a file',
        tags: ['accelerators'],
        params: FrontierParams,
        querystring: TableQuery,
        response: { 200: jsonOrFile(FrontierFile), '4xx': ErrorAnswer },
      },
    },
    async ({ params: { name }, query: { format = 'json' } }, reply) => {
      const names = folder ? await namesIn(folder) : [];
      if (!names.includes(name)) {
        const known = names.join(', ') || 'none';
        throw new ApiError(
          404,
          'unknown_frontier',
          `there is no frontier ${quote(name)}; frontiers: ${known}`,
        );
      }
      try {
        const frontier = await readFrontier(join(folder!, `${name}.json`));
        if (format === 'json') return reply.send(frontier);
        return reply.send(await sendTable(reply, format, frontierTable(name, frontier.points)));
      } catch (error) {
        if (error instanceof InputError) throw new ApiError(422, 'damaged_frontier', error.message);
        throw error;
      }
    },
  );
};

async function namesIn(folder: string): Promise<string[]> {
  const files = (await folderEntries(folder)).map((entry) => entry.name);
  return files.flatMap((file) => /^([A-Za-z0-9][\w.-]*)\.json$/.exec(file)?.[1] ?? []).sort();
}
