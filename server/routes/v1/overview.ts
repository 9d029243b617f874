import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { version } from '../../../src/version.js';
import { ApiError } from '../../errors.js';
import { OverviewAnswer } from '../../schemas/overview.js';
import { DatabaseUnavailable } from '../../store/database.js';
import { measuredDevices } from '../../store/devices.js';
import type { Store } from '../../store/store.js';

/** `GET /v1/overview`: what this service has, so that a client need not try. */
export const overview: FastifyPluginAsyncTypebox<{ store?: Store }> = async (app, { store }) => {
  app.get(
    '/v1/overview',
    {
      schema: {
        summary: 'Version, whether there is a store, and the devices that were measured',
        tags: ['operation'],
        response: { 200: OverviewAnswer },
      },
    },
    async (): Promise<OverviewAnswer> => {
      if (!store) return { version, store: 'off', measured: [] };
      try {
        const { database } = await store.ready();
        const measured = await measuredDevices(database);
        return {
          version,
          store: 'ready',
          measured: measured.map(({ id, description, space, measurements, lastUploadAt }) => ({
            id,
            description,
            space,
            measurements,
            lastUploadAt: lastUploadAt?.toISOString() ?? null,
          })),
        };
      } catch (error) {
        if (isUnavailable(error)) return { version, store: 'failed', measured: [] };
        throw error;
      }
    },
  );
};

/** Whether the store is missing for now, rather than that something is wrong with the service. */
function isUnavailable(error: unknown): boolean {
  return error instanceof DatabaseUnavailable || (error instanceof ApiError && error.statusCode === 503);
}
