import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { boardService } from './board-service.js';
import { measuredCells } from './measured-cells.js';
import { jsonOf, type Schema, valueFor } from './schema-arbitrary.js';

/** How many requests are sent; TEMPOGRAPH_FUZZ sets it for a longer run, TEMPOGRAPH_SEED for another. */
const REQUESTS = Number(process.env.TEMPOGRAPH_FUZZ ?? 2000);
const SEED = Number(process.env.TEMPOGRAPH_SEED ?? 1);

interface Operation {
  readonly method: 'GET';
  readonly path: string;
  readonly parameters?: readonly { name: string; in: 'path' | 'query'; schema: Schema }[];
  readonly requestBody?: { content: Record<string, { schema: Schema }> };
  readonly responses: Record<string, unknown>;
}

interface Request {
  readonly operation: Operation;
  readonly url: string;
  readonly payload?: string;
  readonly headers: Record<string, string>;
}

/** Longer ones do not fit into the headers, whose limit has a test of its own. */
const LONGEST_PARAMETER = 2000;

/** What people send beside JSON. */
const CONTENT_TYPES = ['application/json', 'text/csv', 'application/octet-stream', 'text/plain', '', 'x'];

test(`${REQUESTS} requests made from the OpenAPI description: each is answered as it says, none by a mistake of the server`, async (t) => {
  // Trainings that are asked for wait: what they do has tests of its own.
  const app = await boardService({ runJobs: false });
  t.after(async () => {
    await app.close();
  });
  const measurements = measuredCells(20, 3);
  const upload = { key: 'a', space: 'nasbench201', measurements };
  await app.inject({ method: 'POST', url: '/v1/devices/mine/measurements', payload: upload });
  const job = (await app.inject({ method: 'POST', url: '/v1/devices/mine/train', payload: {} })).json();

  const { paths } = (await app.inject('/docs/json')).json() as {
    paths: Record<string, Record<string, Operation>>;
  };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]): Operation => ({
        ...operation,
        path,
        method: method.toUpperCase() as 'GET',
      }),
    ),
  );
  const vocabulary = {
    texts: [
      'board',
      'mine',
      'nasbench201',
      'mnasnet',
      'a',
      'latency_ms',
      'architecture',
      'BYTES',
      'fnas:zcu102',
    ].concat(measurements.slice(0, 3).map(({ architecture }) => architecture)),
  };

  const requestTo = (operation: Operation): fc.Arbitrary<Request> => {
    const { path, parameters = [], requestBody } = operation;
    const values = fc.tuple(...parameters.map(({ schema }) => valueFor(schema, vocabulary)));
    // Events of a job that waits do not end.
    const ids = path.endsWith('/events') ? [] : [job.id];
    const wanted = fc.array(fc.oneof(fc.boolean(), fc.constant(true)), { minLength: 20, maxLength: 20 });
    const body = requestBody?.content['application/json']?.schema;
    const payload = fc.oneof(
      { arbitrary: valueFor(body ?? {}, vocabulary).map(jsonOf), weight: 9 },
      { arbitrary: fc.string({ unit: 'binary', maxLength: 200 }), weight: 1 },
      { arbitrary: fc.constant(`arch,latency_ms\n${nasbench201.example},4\n`), weight: 1 },
    );
    const type = fc.oneof(
      { arbitrary: fc.constant('application/json'), weight: 20 },
      { arbitrary: fc.constantFrom(...CONTENT_TYPES), weight: 1 },
    );
    const known = fc.boolean();
    return fc.tuple(values, wanted, payload, type, known).map(([values, wanted, payload, type, known]) => {
      let url = path;
      const query = new URLSearchParams();
      parameters.forEach(({ name, in: where, schema }, i) => {
        const value = known && schema.format === 'uuid' && ids.length > 0 ? ids[0] : values[i];
        const json = typeof value === 'string' ? value : (jsonOf(value) ?? '');
        // URLs hold well-formed text only.
        const text = Buffer.from(json).toString().slice(0, LONGEST_PARAMETER);
        if (where === 'path') url = url.replace(`{${name}}`, encodeURIComponent(text));
        else if (wanted[i % wanted.length]) query.append(name, text);
      });
      const search = query.size > 0 ? `?${query}` : '';
      const sent = body === undefined ? {} : { payload };
      return { operation, url: url + search, headers: { 'content-type': type }, ...sent };
    });
  };

  const seen = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...operations).chain(requestTo),
      async ({ operation, url, payload, headers }) => {
        const sent = payload === undefined ? {} : { payload, headers };
        const { method, responses } = operation;
        const answer = await app.inject({ method, url, ...sent });
        const { statusCode, body } = answer;
        seen.set(statusCode, (seen.get(statusCode) ?? 0) + 1);
        // On a machine with other work the service may be too busy, and says so.
        const busy = statusCode === 503 && body.includes('overloaded');
        assert.ok(statusCode < 500 || busy, `${statusCode} ${body.slice(0, 500)}`);
        assert.doesNotMatch(body, /\n\s+at .*:\d+:\d+|node_modules|\/server\/.*\.js/, 'a stack trace');
        const status = String(statusCode);
        // A parameter that leaves the path's shape leads to another route, or to none.
        const documented = status in responses || `${status[0]}XX` in responses || statusCode === 404;
        assert.ok(
          documented || statusCode === 400 || busy,
          `${status} is not documented: ${body.slice(0, 200)}`,
        );
        if (statusCode < 400) return;
        const { error } = JSON.parse(body);
        const message = typeof error === 'string' ? error : error.message;
        assert.ok(message.length > 0);
      },
    ),
    { numRuns: REQUESTS, seed: SEED },
  );
  // A fuzzer that never gets past the validation has found nothing.
  const share = (seen.get(200) ?? 0) / REQUESTS;
  assert.ok(share > 0.15, `only ${(100 * share).toFixed(0)} % of the requests were good`);
  t.diagnostic(
    [...seen]
      .sort(([a], [b]) => a - b)
      .map(([status, count]) => `${status}: ${count}`)
      .join(', '),
  );
});
