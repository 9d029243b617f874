import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { sum } from 'simple-statistics';
import { jsonOrFile, TableQuery } from '../../../api/downloads.js';
import { ErrorAnswer } from '../../../api/error.js';
import { type MeasuredDevice, OverviewAnswer } from '../../../api/overview.js';
import { version } from '../../../src/base/version.js';
import { LATENCY, metricNamed } from '../../../src/metrics/metric.js';
import { sendTable } from '../../http/downloads.js';
import { DatabaseUnavailable } from '../../store/database.js';
import { measuredDevices } from '../../store/devices.js';
import { Refusal } from '../../store/refusal.js';
import type { Store } from '../../store/store.js';
import { measuredDeviceTable } from '../../tables/models.js';

/** `GET /v1/overview`: what this service has, so that a client need not find out by trying. */
export const overview: FastifyPluginAsyncTypebox<{ store?: Store }> = async (app, { store }) => {
  app.get(
    '/v1/overview',
    {
      schema: {
        summary:
          'Shows the version, the state of the store, and the measured devices; the devices also as a file',
        tags: ['operation'],
        querystring: TableQuery,
        response: { 200: jsonOrFile(OverviewAnswer), 503: ErrorAnswer },
      },
    },
    async ({ query: { format = 'json' }, caller }, reply) => {
      // A file cannot say why it is empty.
      if (format !== 'json') {
        return reply.send(await sendTable(reply, format, measuredDeviceTable(await measuredIn(store))));
      }
      return reply.send({ version, ...(await stateOf(store)), caller });
    },
  );
};

async function stateOf(store: Store | undefined): Promise<Pick<OverviewAnswer, 'store' | 'measured'>> {
  try {
    return { store: store ? 'ready' : 'off', measured: await measuredIn(store) };
  } catch (error) {
    if (isUnavailable(error)) return { store: 'failed', measured: [] };
    throw error;
  }
}

/** @throws ApiError 503 or DatabaseUnavailable while the store cannot say */
async function measuredIn(store: Store | undefined): Promise<MeasuredDevice[]> {
  if (!store) return [];
  const { database } = await store.ready();
  return (await measuredDevices(database)).map(({ id, description, space, measurements, lastUploadAt }) => {
    const metrics = Object.entries(measurements)
      .map(([metric, count]) => ({ metric, unit: metricNamed(metric).unit, measurements: count }))
      .sort((a, b) => Number(b.metric === LATENCY.name) - Number(a.metric === LATENCY.name));
    return {
      id,
      description,
      space,
      measurements: sum(metrics.map((of) => of.measurements)),
      metrics,
      lastUploadAt: lastUploadAt?.toISOString() ?? null,
    };
  });
}

/** Whether the store is temporarily unavailable, rather than the service faulty. */
function isUnavailable(error: unknown): boolean {
  return error instanceof DatabaseUnavailable || (error instanceof Refusal && error.kind === 'unavailable');
}
