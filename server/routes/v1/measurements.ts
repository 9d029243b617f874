import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { jsonOrFile } from '../../../api/downloads.js';
import { ERRORS } from '../../../api/error.js';
import {
  DriftAnswer,
  MeasurementsAnswer,
  MeasurementsQuery,
  StoredDeviceParams,
  UploadAnswer,
  UploadBody,
  WithdrawAnswer,
  WithdrawQuery,
} from '../../../api/measurements.js';
import { quote } from '../../../src/base/errors.js';
import { spaceNamed } from '../../../src/spaces/registry.js';
import { download } from '../../downloads.js';
import { ApiError } from '../../errors.js';
import { driftOf } from '../../measurements/drift.js';
import { heldOutOf } from '../../measurements/held-out.js';
import { checkedRows, type PlaceOf } from '../../measurements/uploads.js';
import type { ModelFolder } from '../../models/model-folder.js';
import { callerOf } from '../../plugins/access.js';
import type { CsvReader } from '../../reading/csv-reader.js';
import { measuredDevice, namedSpace, resolveDevice } from '../../store/devices.js';
import {
  countMeasurements,
  keepUpload,
  lastMeasurement,
  listMeasurements,
  withdrawUpload,
} from '../../store/measurements.js';
import type { Store } from '../../store/store.js';
import { servedVersion } from '../../store/versions.js';
import { measurementTable } from '../../tables/measurements.js';

/** Bodies of uploads, bytes: 20,000 measurements of 400 characters. */
const BODY_LIMIT = 8 * 2 ** 20;
/** Unlearned measurements that are compared with the model, the latest. */
const MOST_COMPARED = 2000;

/** The line of each row, where the upload came as CSV. */
const LINES = Symbol('lines');
type MaybeCsv = UploadBody & { [LINES]?: readonly number[] };

/** `/v1/devices/:id/measurements`: what was measured, sent in and got back. */
export const measurements: FastifyPluginAsyncTypebox<{
  store: Store;
  models: ModelFolder;
  csv: CsvReader;
}> = async (app, { store, models, csv }) => {
  // CSV becomes the same body that JSON has, so that one schema checks both.
  app.addContentTypeParser(
    'text/csv',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, bytes: Buffer) => {
      const { measurements, lines } = await csv.measurements(bytes, callerOf(request));
      const { batchSize, ...query } = request.query as Record<string, string>;
      const numbers = batchSize === undefined ? {} : { batchSize: Number(batchSize) };
      return Object.assign({ ...query, ...numbers, measurements }, { [LINES]: lines });
    },
  );

  app.post(
    '/v1/devices/:id/measurements',
    {
      bodyLimit: BODY_LIMIT,
      config: { role: 'measure', ifTooLarge: 'send the rest in another upload, with a key of its own' },
      schema: {
        summary: 'Keeps measurements of a device, all of them or none; a new device is created',
        tags: ['measurements'],
        consumes: ['application/json', 'text/csv'],
        params: StoredDeviceParams,
        body: UploadBody,
        response: { 200: UploadAnswer, ...ERRORS },
      },
    },
    async ({ params: { id }, body }): Promise<UploadAnswer> => {
      const { key, measurements, ...claims } = body;
      const { database } = await store.ready();
      const device = await resolveDevice(database, id, claims, models.get(id)?.card);
      const placeOf = placesIn(body);
      const rows = await checkedRows(namedSpace(device.space), measurements, placeOf);
      const drift = await driftOf(models.get(id), rows);
      const answer = { device: id, key, accepted: rows.length, drift };
      return database.transaction((sql) => keepUpload(sql, device, key, rows, answer, placeOf));
    },
  );

  app.delete(
    '/v1/devices/:id/measurements',
    {
      schema: {
        summary: 'Takes an upload back, all of it; versions that have learned from it stay as they are',
        tags: ['measurements'],
        params: StoredDeviceParams,
        querystring: WithdrawQuery,
        response: { 200: WithdrawAnswer, ...ERRORS },
      },
    },
    async ({ params: { id }, query: { key } }) => {
      const { database } = await store.ready();
      await measuredDevice(database, id);
      const removed = await database.transaction((sql) => withdrawUpload(sql, id, key));
      if (removed !== undefined) return { device: id, key, removed };
      const message = `${id} has no upload of key ${quote(key)}; see the keys in /v1/devices/${id}/measurements`;
      throw new ApiError(404, 'unknown_upload', message, [{ field: 'key', message }]);
    },
  );

  app.get(
    '/v1/devices/:id/measurements',
    {
      schema: {
        summary:
          'Measurements of a device in the order of their upload: as JSON a page at a time, as a file all',
        tags: ['measurements'],
        params: StoredDeviceParams,
        querystring: MeasurementsQuery,
        response: {
          200: jsonOrFile(MeasurementsAnswer),
          ...ERRORS,
        },
      },
    },
    async ({ params: { id }, query: { after = 0, limit: given, format = 'json' } }, reply) => {
      const { database } = await store.ready();
      const device = await measuredDevice(database, id);
      if (format !== 'json') {
        const table = measurementTable(database, id, after, given);
        return reply.send(await download(reply, format, table));
      }
      const limit = given ?? 1000;
      const total = await countMeasurements(database, id);
      const page = await listMeasurements(database, id, { after, limit });
      const last = page.length === limit ? page[limit - 1].id : null;
      const next = last !== null && last < (await lastMeasurement(database, id)) ? last : null;
      if (next !== null) {
        const rest = `/v1/devices/${id}/measurements?after=${next}&limit=${limit}`;
        reply.header('link', `<${rest}>; rel="next"`);
      }
      const { space, deadOperations } = device;
      const heldOut = heldOutOf(
        spaceNamed(space),
        page.map(({ architecture }) => architecture),
      );
      const rows = page.map((row, i) => ({
        ...row,
        heldOut: heldOut.has(i),
        uploadedAt: row.uploadedAt.toISOString(),
      }));
      return reply.send({ device: id, space, deadOperations, total, measurements: rows, next });
    },
  );

  app.get(
    '/v1/devices/:id/drift',
    {
      schema: {
        summary: `How the latest ${MOST_COMPARED} measurements that the served model has not learned disagree with it`,
        tags: ['measurements'],
        params: StoredDeviceParams,
        response: { 200: DriftAnswer, ...ERRORS },
      },
    },
    async ({ params: { id } }) => {
      const { database } = await store.ready();
      await measuredDevice(database, id);
      const promoted = await servedVersion(database, id);
      const serves = promoted?.version === models.get(id)?.card.version;
      const after = serves ? (promoted?.lastMeasurement ?? 0) : 0;
      const unlearned = await countMeasurements(database, id, after);
      const rows = await listMeasurements(database, id, { after, limit: MOST_COMPARED, latest: true });
      return { device: id, unlearned, drift: await driftOf(models.get(id), rows) };
    },
  );
};

/** Names a row's field by its line where the upload came as CSV, else by its path in the body. */
function placesIn(body: MaybeCsv): PlaceOf {
  const lines = body[LINES];
  return lines
    ? (row, field) => `line ${lines[row]}, ${field}`
    : (row, field) => `measurements.${row}.${field}`;
}
