import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { jsonOrFile } from '../../../api/downloads.js';
import { ERRORS } from '../../../api/error.js';
import {
  DriftAnswer,
  MeasurementsAnswer,
  MeasurementsQuery,
  MetricQuery,
  StoredDeviceParams,
  UploadAnswer,
  UploadBody,
  WithdrawAnswer,
  WithdrawQuery,
} from '../../../api/measurements.js';
import { decimalNumber } from '../../../src/base/decimal.js';
import { quote } from '../../../src/base/errors.js';
import type { ColumnReading } from '../../../src/datasets/column-reading.js';
import { LATENCY, metricNamed } from '../../../src/metrics/metric.js';
import { spaceNamed } from '../../../src/spaces/registry.js';
import { askedMetric } from '../../http/asked-metric.js';
import { sendTable } from '../../http/downloads.js';
import { ApiError } from '../../http/errors.js';
import { retrainIfDue } from '../../jobs/retrain.js';
import { driftOf, latencyDrift } from '../../measurements/drift.js';
import { heldOutOf } from '../../measurements/held-out.js';
import type { CsvPlace } from '../../measurements/measurements-csv.js';
import { learnedUpTo, MOST_COMPARED, unlearnedDrift } from '../../measurements/unlearned.js';
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
  type NewMeasurement,
  withdrawUpload,
} from '../../store/measurements.js';
import type { Store } from '../../store/store.js';
import { measurementTable } from '../../tables/measurements.js';

/** Largest body of an upload, bytes: 20,000 measurements of 400 characters. */
const BODY_LIMIT = 8 * 2 ** 20;

/** Key for what is known about an upload in CSV. */
const CSV = Symbol('csv');
interface FromCsv {
  readonly places: readonly CsvPlace[];
  readonly columns: ColumnReading[];
}
/** The other fields of an upload in CSV. */
interface CsvQuery extends Record<string, unknown> {
  readonly batchSize?: string;
  readonly metric?: string | string[];
}
type MaybeCsv = UploadBody & { [CSV]?: FromCsv };

/** `/v1/devices/:id/measurements`: uploading and reading measurements. */
export const measurements: FastifyPluginAsyncTypebox<{
  store: Store;
  models: ModelFolder;
  csv: CsvReader;
}> = async (app, { store, models, csv }) => {
  // CSV is converted to the same body as JSON, so one schema checks both.
  app.addContentTypeParser(
    'text/csv',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, bytes: Buffer) => {
      const { id } = request.params as { id: string };
      const { batchSize, metric, ...query } = request.query as CsvQuery;
      const metrics =
        metric === undefined ? undefined : [metric].flat().map((name) => askedMetric(name).metric);
      const read = await csv.measurements(bytes, id, metrics, callerOf(request));
      const { measurements, places, columns } = read;
      const numbers = batchSize === undefined ? {} : { batchSize: decimalNumber(batchSize) };
      return Object.assign({ ...query, ...numbers, measurements }, { [CSV]: { places, columns } });
    },
  );

  app.post(
    '/v1/devices/:id/measurements',
    {
      bodyLimit: BODY_LIMIT,
      config: { role: 'measure', ifTooLarge: 'send the rest in another upload, with a key of its own' },
      schema: {
        summary: 'Stores measurements of a device, either all or none; a new device is created',
        tags: ['measurements'],
        consumes: ['application/json', 'text/csv'],
        params: StoredDeviceParams,
        body: UploadBody,
        response: { 200: UploadAnswer, ...ERRORS },
      },
    },
    async ({ params: { id }, body }): Promise<UploadAnswer> => {
      const { key, measurements, ...claims } = body;
      const open = await store.ready();
      const { database } = open;
      const device = await resolveDevice(database, id, claims, models.anyOf(id)?.card);
      const placeOf = placesIn(body);
      const rows = await checkedRows(namedSpace(device.space), measurements, placeOf);
      const metrics = await byMetric(models, id, rows);
      const latency = metrics.find(({ metric }) => metric === LATENCY.name);
      const answer = {
        device: id,
        key,
        accepted: rows.length,
        drift: latencyDrift(latency?.drift ?? null),
        metrics,
        columns: (body as MaybeCsv)[CSV]?.columns,
      };
      const kept = await database.transaction((sql) => keepUpload(sql, device, key, rows, answer, placeOf));
      for (const { metric } of metrics) {
        await retrainIfDue(open, { device: id, metric }, models.get(id, metric)?.card.version);
      }
      return kept;
    },
  );

  app.delete(
    '/v1/devices/:id/measurements',
    {
      schema: {
        summary: 'Withdraws a whole upload; versions trained on it stay unchanged',
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
      const message = `${id} has no upload with the key ${quote(key)}; see the keys in /v1/devices/${id}/measurements`;
      throw new ApiError(404, 'unknown_upload', message, [{ field: 'key', message }]);
    },
  );

  app.get(
    '/v1/devices/:id/measurements',
    {
      schema: {
        summary:
          'Lists measurements of a device in the order of their upload: as JSON page by page, or all as a file',
        tags: ['measurements'],
        params: StoredDeviceParams,
        querystring: MeasurementsQuery,
        response: {
          200: jsonOrFile(MeasurementsAnswer),
          ...ERRORS,
        },
      },
    },
    async ({ params: { id }, query: { metric, after = 0, limit: given, format = 'json' } }, reply) => {
      const asked = askedMetric(metric);
      const { database } = await store.ready();
      const device = await measuredDevice(database, id);
      const predictor = { device: id, metric: asked.key };
      if (format !== 'json') {
        const table = measurementTable(database, id, asked.metric, after, given);
        return reply.send(await sendTable(reply, format, table));
      }
      const limit = given ?? 1000;
      const total = await countMeasurements(database, predictor);
      const page = await listMeasurements(database, predictor, { after, limit });
      const last = page.length === limit ? page[limit - 1].id : null;
      const next = last !== null && last < (await lastMeasurement(database, predictor)) ? last : null;
      if (next !== null) {
        const of = metric === undefined ? '' : `metric=${encodeURIComponent(metric)}&`;
        const rest = `/v1/devices/${id}/measurements?${of}after=${next}&limit=${limit}`;
        reply.header('link', `<${rest}>; rel="next"`);
      }
      const { space, deadOperations } = device;
      const heldOut = heldOutOf(
        spaceNamed(space),
        page.map(({ architecture }) => architecture),
      );
      const rows = page.map(({ value, ...row }, i) => ({
        ...row,
        ...(metric === undefined ? { latencyMs: value } : { value }),
        heldOut: heldOut.has(i),
        uploadedAt: row.uploadedAt.toISOString(),
      }));
      return reply.send({
        device: id,
        space,
        deadOperations,
        ...asked.said,
        total,
        measurements: rows,
        next,
      });
    },
  );

  app.get(
    '/v1/devices/:id/drift',
    {
      schema: {
        summary: `Shows how much the latest ${MOST_COMPARED} measurements that the served model was not trained on disagree with it`,
        tags: ['measurements'],
        params: StoredDeviceParams,
        querystring: MetricQuery,
        response: { 200: DriftAnswer, ...ERRORS },
      },
    },
    async ({ params: { id }, query: { metric } }) => {
      const { key, said } = askedMetric(metric);
      const { database } = await store.ready();
      await measuredDevice(database, id);
      const predictor = { device: id, metric: key };
      const after = await learnedUpTo(database, predictor, models);
      const unlearned = await countMeasurements(database, predictor, after);
      const drift = await unlearnedDrift(database, predictor, models, after);
      return { device: id, ...said, unlearned, drift: metric === undefined ? latencyDrift(drift) : drift };
    },
  );
};

/** An upload's measurements by metric: their number, and how they disagree with the serving version. */
async function byMetric(models: ModelFolder, device: string, rows: readonly NewMeasurement[]) {
  const numbered = rows.map((row, i) => ({ ...row, row: i }));
  const metrics = [...new Set(rows.map(({ metric }) => metric))];
  return Promise.all(
    metrics.map(async (metric) => {
      const of = numbered.filter((row) => row.metric === metric);
      const drift = await driftOf(models.get(device, metric), of);
      return { metric, unit: metricNamed(metric).unit, accepted: of.length, drift };
    }),
  );
}

/** Names a row's field by its line if the upload was CSV, otherwise by its path in the body. */
function placesIn(body: MaybeCsv): PlaceOf {
  const places = body[CSV]?.places;
  if (!places) return (row, field) => `measurements.${row}.${field}`;
  const ofValue = ['latencyMs', 'value'];
  return (row, field) => {
    const { line, column } = places[row];
    return `line ${line}, ${ofValue.includes(field) ? `column ${column}` : field}`;
  };
}
