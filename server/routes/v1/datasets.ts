import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { quantileSorted } from 'simple-statistics';
import { Type } from '#typebox';
import { DatasetAnswer, DatasetParams, DatasetsAnswer } from '../../../api/datasets.js';
import { jsonOrFile, TableQuery } from '../../../api/downloads.js';
import { ErrorAnswer } from '../../../api/error.js';
import { InputError, quote } from '../../../src/base/errors.js';
import { folderEntries } from '../../../src/base/folder-entries.js';
import type { DatasetCard } from '../../../src/datasets/card.js';
import { readCardOf } from '../../../src/datasets/card-file.js';
import { loadDevices } from '../../../src/datasets/load.js';
import { readNetworkCard } from '../../../src/datasets/networks/load.js';
import { LATENCY, sameMetric } from '../../../src/metrics/metric.js';
import { spaceNamed } from '../../../src/spaces/registry.js';
import { sendTable } from '../../http/downloads.js';
import { ApiError } from '../../http/errors.js';
import { datasetsTable, sampleTable } from '../../tables/datasets.js';

type Percentiles = DatasetAnswer['percentilesMs'];

/** `/v1/datasets`: the datasets in a folder, each with a card. */
export const datasets: FastifyPluginAsyncTypebox<{ folder: string }> = async (app, { folder }) => {
  /** Percentiles of each file, by the file's digest. */
  const known = new Map<string, Promise<Percentiles>>();

  app.get(
    '/v1/datasets',
    {
      schema: {
        summary: 'Lists datasets with their cards; as JSON or as a file',
        tags: ['datasets'],
        querystring: TableQuery,
        response: { 200: jsonOrFile(DatasetsAnswer) },
      },
    },
    async ({ query: { format = 'json' } }, reply) => {
      const answer: DatasetsAnswer = { datasets: [], networks: [], problems: [] };
      for (const name of await namesIn(folder)) {
        try {
          const card = await readCardOf(fileOf(folder, name));
          if (card) answer.datasets.push({ name, card });
        } catch (error) {
          answer.problems.push({ name, message: (error as Error).message });
        }
      }
      for (const name of await networkNamesIn(folder)) {
        try {
          const card = await readNetworkCard(networksOf(folder, name));
          if (card) answer.networks.push({ name, card });
        } catch (error) {
          answer.problems.push({ name, message: (error as Error).message });
        }
      }
      return reply.send(format === 'json' ? answer : await sendTable(reply, format, datasetsTable(answer)));
    },
  );

  app.get(
    '/v1/datasets/:name',
    {
      schema: {
        summary:
          'Shows a dataset: its card, and the distribution of latencies of each device; as a file, the latencies themselves',
        tags: ['datasets'],
        params: DatasetParams,
        querystring: TableQuery,
        response: { 200: jsonOrFile(DatasetAnswer), '4xx': ErrorAnswer },
      },
    },
    async ({ params: { name }, query: { format = 'json' } }, reply) => {
      const card = await namedCard(folder, name);
      if (format !== 'json') {
        const table = await undamaged(sampleTable(name, fileOf(folder, name)));
        return reply.send(await sendTable(reply, format, table));
      }
      const percentiles = known.get(card.sha256) ?? percentilesOf(fileOf(folder, name), card);
      known.set(card.sha256, percentiles);
      percentiles.catch(() => known.delete(card.sha256));
      return reply.send({ name, card, percentilesMs: await undamaged(percentiles) });
    },
  );

  app.get(
    '/v1/datasets/:name/file',
    {
      schema: {
        summary:
          'Downloads a dataset as gzipped CSV: arch, device, latency_ms; for networks onnx, sha256, device, latency_ms',
        tags: ['datasets'],
        params: DatasetParams,
        response: {
          200: { content: { 'application/gzip': { schema: Type.Unsafe<Readable>({ type: 'string' }) } } },
          '4xx': ErrorAnswer,
        },
      },
    },
    async ({ params: { name } }, reply) => {
      const isOfNetworks = (await networkNamesIn(folder)).includes(name);
      if (!isOfNetworks) await namedCard(folder, name);
      const file = isOfNetworks ? networksOf(folder, name) : fileOf(folder, name);
      return reply
        .type('application/gzip')
        .header('content-disposition', `attachment; filename="${name}.csv.gz"`)
        .send(createReadStream(file));
    },
  );
};

const fileOf = (folder: string, name: string) => join(folder, `${name}.csv.gz`);

/** A dataset of ONNX networks is a folder: its table, the card, and the times of kernels. */
const networksOf = (folder: string, name: string) => fileOf(join(folder, name), name);

async function networkNamesIn(folder: string): Promise<string[]> {
  const names = (await folderEntries(folder)).map((entry) => entry.name);
  return names
    .filter((name) => /^[A-Za-z0-9][\w.-]*$/.test(name) && existsSync(networksOf(folder, name)))
    .sort();
}

async function namesIn(folder: string): Promise<string[]> {
  const files = (await folderEntries(folder)).map((entry) => entry.name);
  return files.flatMap((file) => /^([A-Za-z0-9][\w.-]*)\.csv\.gz$/.exec(file)?.[1] ?? []).sort();
}

/** @throws ApiError 404, or 422 for a damaged card */
async function namedCard(folder: string, name: string): Promise<DatasetCard> {
  const names = await namesIn(folder);
  const card = names.includes(name) ? await undamaged(readCardOf(fileOf(folder, name))) : undefined;
  if (card) return card;
  const known = names.join(', ') || 'none';
  throw new ApiError(404, 'unknown_dataset', `there is no dataset ${quote(name)}; datasets: ${known}`);
}

/** @throws ApiError 422 if what is read is damaged */
async function undamaged<Content>(reading: Promise<Content>): Promise<Content> {
  try {
    return await reading;
  } catch (error) {
    throw error instanceof InputError ? new ApiError(422, 'damaged_dataset', error.message) : error;
  }
}

async function percentilesOf(file: string, { space }: DatasetCard): Promise<Percentiles> {
  const devices = await loadDevices(file, { space: spaceNamed(space) });
  const ofLatency = devices.filter(({ metric }) => sameMetric(metric, LATENCY));
  return Object.fromEntries(
    ofLatency.map(({ device, values }) => {
      const sorted = [...values].sort((a, b) => a - b);
      return [device, Array.from({ length: 101 }, (_, percent) => quantileSorted(sorted, percent / 100))];
    }),
  );
}
