import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { quantileSorted } from 'simple-statistics';
import { Type } from 'typebox';
import type { DatasetCard } from '../../../src/datasets/card.js';
import { readCardOf } from '../../../src/datasets/card-file.js';
import { loadDevices } from '../../../src/datasets/load.js';
import { quote } from '../../../src/errors.js';
import { spaceNamed } from '../../../src/spaces/index.js';
import { ApiError } from '../../errors.js';
import { DatasetAnswer, DatasetParams, DatasetsAnswer } from '../../schemas/datasets.js';
import { ErrorAnswer } from '../../schemas/error.js';

type Percentiles = DatasetAnswer['percentilesMs'];

/** `/v1/datasets`: the latency tables with a card in a folder. */
export const datasets: FastifyPluginAsyncTypebox<{ folder: string }> = async (app, { folder }) => {
  /** Of each file as it was when it was asked for, by its digest. */
  const known = new Map<string, Promise<Percentiles>>();

  app.get(
    '/v1/datasets',
    {
      schema: {
        summary: 'Latency tables with their cards',
        tags: ['datasets'],
        response: { 200: DatasetsAnswer },
      },
    },
    async () => {
      const found = await Promise.all(
        (await namesIn(folder)).map(async (name) => ({ name, card: await cardOf(folder, name) })),
      );
      return { datasets: found.flatMap(({ name, card }) => (card ? [{ name, card }] : [])) };
    },
  );

  app.get(
    '/v1/datasets/:name',
    {
      schema: {
        summary: 'A latency table: its card, and how the latencies of each device are distributed',
        tags: ['datasets'],
        params: DatasetParams,
        response: { 200: DatasetAnswer, '4xx': ErrorAnswer },
      },
    },
    async ({ params: { name } }) => {
      const card = await namedCard(folder, name);
      const percentiles = known.get(card.sha256) ?? percentilesOf(fileOf(folder, name), card);
      known.set(card.sha256, percentiles);
      percentiles.catch(() => known.delete(card.sha256));
      return { name, card, percentilesMs: await percentiles };
    },
  );

  app.get(
    '/v1/datasets/:name/file',
    {
      schema: {
        summary: 'The table itself, gzipped CSV: arch, device, latency_ms',
        tags: ['datasets'],
        params: DatasetParams,
        response: {
          200: { content: { 'application/gzip': { schema: Type.Unsafe<Readable>({ type: 'string' }) } } },
          '4xx': ErrorAnswer,
        },
      },
    },
    async ({ params: { name } }, reply) => {
      await namedCard(folder, name);
      return reply
        .type('application/gzip')
        .header('content-disposition', `attachment; filename="${name}.csv.gz"`)
        .send(createReadStream(fileOf(folder, name)));
    },
  );
};

const fileOf = (folder: string, name: string) => join(folder, `${name}.csv.gz`);

async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder).catch(() => []);
  return entries.flatMap((file) => /^([A-Za-z0-9][\w.-]*)\.csv\.gz$/.exec(file)?.[1] ?? []).sort();
}

/** The card of a table; undefined where it has none that can be read. */
function cardOf(folder: string, name: string): Promise<DatasetCard | undefined> {
  return readCardOf(fileOf(folder, name)).catch(() => undefined);
}

/** @throws ApiError 404 */
async function namedCard(folder: string, name: string): Promise<DatasetCard> {
  const names = await namesIn(folder);
  const card = names.includes(name) ? await cardOf(folder, name) : undefined;
  if (card) return card;
  const known = names.join(', ') || 'none';
  throw new ApiError(404, 'unknown_dataset', `there is no dataset ${quote(name)}; datasets: ${known}`);
}

async function percentilesOf(file: string, { space }: DatasetCard): Promise<Percentiles> {
  const devices = await loadDevices(file, { space: spaceNamed(space) });
  return Object.fromEntries(
    devices.map(({ device, latencyMs }) => {
      const sorted = [...latencyMs].sort((a, b) => a - b);
      return [device, Array.from({ length: 101 }, (_, percent) => quantileSorted(sorted, percent / 100))];
    }),
  );
}
