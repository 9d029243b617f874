import type { Sql } from '../../server/store/database.js';
import { scores } from '../../src/predictors/scores.js';
import { architecturesOf } from '../../src/spaces/architectures.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201/space.js';

/** How much is in a store, made up. */
export interface StoreSize {
  readonly devices: number;
  /** In all; one in ten is of energy. */
  readonly measurements: number;
  readonly versions: number;
  readonly queuedJobs: number;
  /** Jobs that are over, networks that were to be measured, predictions that were followed, and lines of the audit log, each. */
  readonly past: number;
  /** Of twenty trials each; every tenth goes on. */
  readonly searches: number;
}

/** Rows of an upload. */
const UPLOAD = 100;
/** What is past happened within the last so many days. */
const DAYS = 720;
/** The age of row `i` of `$2`, in SQL. */
const AGO = `make_interval(mins => (i * ${DAYS} * 1440.0 / $2)::int)`;

/** Identifiers that requests need. */
export interface StoreIds {
  readonly device: string;
  readonly job: string;
  readonly search: string;
  readonly runningSearch: string;
  readonly prediction: string;
  readonly candidate: string;
}

/**
 * Fills a store that is empty, in SQL alone: what a service would have written in years. One that it has filled before stays as it is.
 *
 * @returns some of what is in it
 */
export async function fillStore(sql: Sql, size: StoreSize): Promise<StoreIds> {
  const filled = await sql.query('SELECT id FROM measurement LIMIT 1');
  if (filled.length > 0) return someOf(sql);
  const texts = [...architecturesOf(space)].filter((a) => space.isConnected(a)).map((a) => space.format(a));
  await sql.query('CREATE TEMPORARY TABLE arch (number int PRIMARY KEY, text text NOT NULL)');
  await sql.query(
    'INSERT INTO arch SELECT place - 1, text FROM unnest($1::text[]) WITH ORDINALITY AS a (text, place)',
    [texts],
  );
  await sql.query(
    `INSERT INTO device (id, space, dead_operations, description)
     SELECT 'device-' || i, 'nasbench201', 'timed', 'made up' FROM generate_series(1, $1::int) i`,
    [size.devices],
  );
  await addMeasurements(sql, size, texts.length);
  await addJobs(sql, size);
  await addPast(sql, size, texts.length);
  await addSearches(sql, size, texts.length);
  await sql.query('DROP TABLE arch');
  await sql.query('ANALYZE');
  return someOf(sql);
}

/** Uploads of measurements, and predictors that were learned from them. @param architectures how many there are */
async function addMeasurements(
  sql: Sql,
  { devices, measurements, versions }: StoreSize,
  architectures: number,
): Promise<void> {
  const uploads = Math.ceil(measurements / devices / UPLOAD);
  const rows = Math.round(measurements / devices / uploads);
  await sql.query(
    `INSERT INTO upload (device, key, content_sha256, answer)
     SELECT 'device-' || d, 'upload-' || u, md5(d || '/' || u), '{}'
     FROM generate_series(1, $2::int) u, generate_series(1, $1::int) d ORDER BY u, d`,
    [devices, uploads],
  );
  await sql.query(
    `INSERT INTO measurement (device, upload, architecture, metric, value)
     SELECT u.device, u.id, a.text, CASE WHEN i % 10 = 0 THEN 'energy' ELSE 'latency' END, 1 + (i * 7919 % 1000) / 100.0
     FROM upload u CROSS JOIN generate_series(1, $1::int) i JOIN arch a ON a.number = (u.id * 31 + i) % $2`,
    [rows, architectures],
  );
  await sql.query(
    'INSERT INTO measured SELECT device, metric, count(*) FROM measurement GROUP BY device, metric',
  );
  await sql.query(
    `INSERT INTO model_version (device, version, digest, last_measurement, card, held_out)
     SELECT 'device-' || 1 + i % $1, left(md5(i::text), 12), md5(i::text), i, $3::jsonb, $4::jsonb
     FROM generate_series(1, $2::int) i`,
    [devices, versions, JSON.stringify(CARD), JSON.stringify(HELD_OUT)],
  );
}

/** Jobs that are over, and those that wait. */
async function addJobs(sql: Sql, { devices, past, queuedJobs }: StoreSize): Promise<void> {
  await sql.query(
    `INSERT INTO job (id, kind, device, request, state, finished_at)
     SELECT gen_random_uuid(), (ARRAY['train', 'label', 'evaluate'])[1 + i % 3], 'device-' || 1 + i % $1, '{}',
       CASE WHEN i % 50 = 0 THEN 'failed' ELSE 'succeeded' END, now() - ${AGO}
     FROM generate_series(1, $2::int) i`,
    [devices, past],
  );
  await sql.query(
    `INSERT INTO job (id, kind, device, request)
     SELECT gen_random_uuid(), 'train', 'device-' || 1 + i % $1, jsonb_build_object('epochs', i)
     FROM generate_series(1, $2::int) i`,
    [devices, queuedJobs],
  );
}

/** Networks that were measured, predictions that were followed, and what was asked for. */
async function addPast(sql: Sql, { devices, past }: StoreSize, architectures: number): Promise<void> {
  await sql.query(
    `INSERT INTO candidate (device, architecture, state)
     SELECT 'device-' || 1 + i % $1, a.text, CASE WHEN i % 200 = 0 THEN 'queued' ELSE 'measured' END
     FROM generate_series(1, $2::int) i JOIN arch a ON a.number = i % $3 ON CONFLICT DO NOTHING`,
    [devices, past, architectures],
  );
  await sql.query(
    `INSERT INTO prediction (id, device, metric, version, architecture, value, low, high, served_at, measurement, measured, measured_at)
     SELECT gen_random_uuid(), 'device-' || 1 + i % $1, 'latency', left(md5((i % 9)::text), 12), a.text, 5, 4, 6, now() - ${AGO},
       CASE WHEN i % 2 = 0 THEN m.first + i % 1000 END, CASE WHEN i % 2 = 0 THEN 5.1 END, CASE WHEN i % 2 = 0 THEN now() - ${AGO} END
     FROM generate_series(1, $2::int) i JOIN arch a ON a.number = i % $3
       CROSS JOIN (SELECT min(id) AS first FROM measurement) m
     WHERE i % 2 = 0 OR i < $2 / 10`,
    [devices, past, architectures],
  );
  await sql.query(
    `INSERT INTO audit (at, address, method, path, status)
     SELECT now() - ${AGO}, '127.0.0.1', 'POST', '/v1/devices/device-' || i % $1 || '/measurements', 200
     FROM generate_series(1, $2::int) i`,
    [devices, past],
  );
}

async function addSearches(sql: Sql, { searches }: StoreSize, architectures: number): Promise<void> {
  await sql.query(
    `INSERT INTO search (id, request, candidates, latencies, state, finished_at)
     SELECT gen_random_uuid(), $2::jsonb, 6466, '{}', CASE WHEN i % 10 = 0 THEN 'running' ELSE 'succeeded' END,
       CASE WHEN i % 10 > 0 THEN now() END
     FROM generate_series(1, $1::int) i`,
    [searches, JSON.stringify(SEARCH)],
  );
  await sql.query(
    `INSERT INTO trial (search, number, round, architecture, reason, latency_ms, outcome)
     SELECT s.id, i, i, a.text, 'random', '{}',
       CASE WHEN s.state = 'running' AND i > 15 THEN NULL ELSE jsonb_build_object('accuracy', 50 + i) END
     FROM search s CROSS JOIN generate_series(1, 20) i JOIN arch a ON a.number = (s.number * 20 + i) % $1`,
    [architectures],
  );
}

async function someOf(sql: Sql): Promise<StoreIds> {
  const [ids] = await sql.query<StoreIds>(
    `SELECT 'device-1' AS device, (SELECT id FROM job WHERE state = 'queued' LIMIT 1) AS job,
       (SELECT id FROM search WHERE state = 'succeeded' LIMIT 1) AS search,
       (SELECT id FROM search WHERE state = 'running' LIMIT 1) AS "runningSearch",
       (SELECT id FROM prediction WHERE device = 'device-1' LIMIT 1) AS prediction,
       (SELECT id FROM candidate WHERE device = 'device-1' LIMIT 1) AS candidate`,
  );
  return ids;
}

const SCORES = scores(Float64Array.of(1, 2, 3), Float64Array.of(1.1, 2.1, 2.9));
const CARD = {
  format: 'tempograph-model/1',
  space: 'nasbench201',
  predictor: 'gcn',
  data: { name: 'made up', source: 'made up', licence: 'none', sha256: '', train: 900, valid: 100, test: 0 },
  scores: { valid: SCORES, test: SCORES },
};
const HELD_OUT = { samples: 100, error: 0.05, incumbent: null };
const SEARCH = {
  space: 'nasbench201',
  strategy: 'random',
  options: {},
  objective: 'accuracy',
  budget: 1000,
  parallel: 4,
  seed: 1,
  limits: [],
  evaluator: { kind: 'ask-tell', table: null },
};
