import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { excessOf } from '../../server/reading/json.js';
import { convolutionChain } from '../../src/network/zoo/convolution-chain.js';
import { withoutWeights } from '../../src/onnx/without-weights.js';
import { networkModel } from '../../src/onnx/write/network-model.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { boardService } from './board-service.js';

/** How long the event loop may stand still for a body of megabytes, ms; a machine with other work adds to it. */
const MOST_STALL_MS = 2000;

describe('one request does not stop the service', () => {
  let app: FastifyInstance;
  const upload = '/v1/devices/x/measurements?key=q&space=nasbench201';
  const cell = nasbench201.example;

  before(async () => {
    app = await boardService({ runJobs: false });
    assert.equal((await app.inject('/v1/jobs')).statusCode, 200);
  });
  after(async () => {
    await app.close();
  });

  /** Answers a request, and how long nothing else could be done meanwhile. */
  async function answered(url: string, type: string, payload: string) {
    let last = performance.now();
    let stallMs = 0;
    const look = () => {
      stallMs = Math.max(stallMs, performance.now() - last);
      last = performance.now();
    };
    const timer = setInterval(look, 5);
    const answer = await app.inject({ method: 'POST', url, payload, headers: { 'content-type': type } });
    look();
    clearInterval(timer);
    return { stallMs, statusCode: answer.statusCode, body: answer.body, error: answer.json().error };
  }
  async function refused(name: string, url: string, type: string, payload: string, status: number) {
    const { stallMs, statusCode, body, error } = await answered(url, type, payload);
    assert.equal(statusCode, status, `${name}: ${body.slice(0, 300)}`);
    assert.ok(stallMs < MOST_STALL_MS, `${name}: nobody was answered for ${stallMs.toFixed(0)} ms`);
    return error as { code: string; message: string; details?: unknown[] };
  }

  test('a CSV of bad rows is read until a hundred are bad', async () => {
    for (const lines of [50_000, 4_000_000]) {
      const csv = `arch,latency_ms\n${'a\n'.repeat(lines)}`;
      const { message, details } = await refused(`${lines} lines`, upload, 'text/csv', csv, 400);
      assert.match(message, /line 2: has 1 fields where the header has 2/);
      assert.equal(details?.length, 100);
    }
  });

  test('a CSV is read until it has too many rows, and one that has not is kept', async () => {
    const row = `${cell},4\n`;
    const most = await answered(upload, 'text/csv', `arch,latency_ms\n${row.repeat(20_000)}`);
    assert.equal(most.statusCode, 200, most.body);
    assert.ok(most.stallMs < MOST_STALL_MS, `${most.stallMs}`);
    const { message } = await refused(
      '20,001 rows',
      upload,
      'text/csv',
      `arch,latency_ms\n${row.repeat(20_001)}`,
      400,
    );
    assert.match(message, /line 20002: an upload may have at most 20000 measurements/);
    const short = `arch,latency_ms\n${'a,1\n'.repeat(2_000_000)}`;
    await refused('2,000,000 rows', upload, 'text/csv', short, 400);
  });

  test('JSON with more values than are of use is not even taken apart', async () => {
    const json = 'application/json';
    const ones = `[${'1,'.repeat(3_900_000)}1]`;
    const body = `{"key":"a","space":"nasbench201","measurements":${ones}}`;
    assert.equal((await refused('measurements', upload, json, body, 413)).code, 'body_too_large');
    const tensor = `{"inputs":[{"name":"architecture","datatype":"BYTES","shape":[1],"data":[${'1,'.repeat(1_900_000)}1]}]}`;
    const infer = await refused('infer', '/v2/models/board/infer', json, tensor, 413);
    assert.match(String(infer), /more than 130000 values/);
    // As many as are let through, all of them wrong.
    const wrong = `{"key":"a","space":"nasbench201","measurements":[${'1,'.repeat(120_000)}1]}`;
    await refused('120,000 numbers', upload, json, wrong, 400);
    const rows = '{"architecture":"a","latencyMs":-1},'.repeat(19_999);
    const bad = `{"key":"a","space":"nasbench201","measurements":[${rows}{"architecture":"a","latencyMs":1}]}`;
    assert.equal((await refused('bad rows', upload, json, bad, 400)).details?.length, 100);
  });

  test('a body of megabytes is taken apart in a thread, to the same end', async () => {
    const json = 'application/json';
    const begin = `{"key":"q","space":"nasbench201","note":"${'é'.repeat(2_100_000)}`;
    const ends: [name: string, end: string, message: RegExp][] = [
      ['cut off', '', /is not valid JSON/],
      ['proto', '","__proto__":{"a":1}}', /__proto__/],
      ['deep', `","measurements":${'['.repeat(40)}${']'.repeat(40)}}`, /levels of nested objects/],
      ['no measurements', '"}', /must have required properties measurements/],
    ];
    for (const [name, end, message] of ends) {
      const { error, body } = await answered('/v1/devices/x/measurements', json, begin + end);
      assert.match(error.message, message, `${name}: ${body.slice(0, 300)}`);
    }
    const measurements = `[{"architecture":"${cell}","latencyMs":4}]`;
    const spaces = ' '.repeat(5_000_000);
    const good = `{"key":"large",${spaces}"space":"nasbench201","measurements":${measurements}}`;
    const { statusCode, body } = await answered('/v1/devices/large/measurements', json, good);
    assert.equal(statusCode, 200, body);
  });

  test('JSON nested deeper than anything the service knows is refused', async () => {
    const json = 'application/json';
    for (const [depth, open, close] of [
      [33, '[', ']'],
      [10_000, '[', ']'],
      [500_000, '{"a":', '}'],
    ] as const) {
      const deep = open.repeat(depth) + 1 + close.repeat(depth);
      const body = `{"inputs":[{"name":"architecture","datatype":"BYTES","shape":[1],"data":${deep}}]}`;
      const error = await refused(`${depth} deep`, '/v2/models/board/infer', json, body, 400);
      assert.match(String(error), /levels of nested objects/);
    }
  });

  test('brackets and commas in strings are text', () => {
    const text = JSON.stringify({ a: `${'[{,'.repeat(300_000)}"\\`, b: '\\\\"[' });
    assert.equal(excessOf(text), undefined);
    assert.equal(excessOf('"never closed [[[['), undefined);
    assert.equal(excessOf(JSON.stringify('"'.repeat(1_000_000))), undefined);
  });

  test('a table of accuracies of megabytes is read elsewhere', async () => {
    const search = (csv: string) =>
      JSON.stringify({
        space: 'nasbench201',
        budget: 3,
        evaluator: { kind: 'table', column: 'accuracy', csv },
      });
    const row = `${cell},71\n`;
    const header = 'arch,accuracy\n';
    const json = 'application/json';
    const taken = await answered('/v1/searches', json, search(header + row.repeat(90_000)));
    assert.equal(taken.statusCode, 202, taken.body);
    assert.ok(taken.stallMs < MOST_STALL_MS, `${taken.stallMs}`);
    const { message } = await refused(
      'search',
      '/v1/searches',
      json,
      search(header + row.repeat(110_000)),
      400,
    );
    assert.match(message, /more than 100000 rows/);
    await refused('short rows', '/v1/searches', json, search(header + 'a,1\n'.repeat(3_000_000)), 400);
  });

  test('runs that an emulator is to learn from are read elsewhere, and no more columns than a table has', async () => {
    const asked = { name: 'sent', inputs: ['a'], outputs: 'b' };
    const csv = `a,b\n${Array.from({ length: 250_000 }, (_, i) => `${i},1`).join('\n')}`;
    const json = 'application/json';
    const same = await refused('runs', '/v1/emulators', json, JSON.stringify({ ...asked, csv }), 400);
    assert.match(same.message, /the output is the same in every run/);
    const outputs = JSON.stringify({ ...asked, csv: 'a,y1\n1,2\n', outputs: 'y1..y999999999' });
    const columns = await refused('columns', '/v1/emulators', json, outputs, 400);
    assert.match(columns.message, /a run of 999999999 numbers is too much; at most 10000/);
  });

  test('a network that no device has memory for is refused by its size', async () => {
    for (const [channels, size] of [
      [8, 1_000_000],
      [64, 50_000],
    ]) {
      const chain = convolutionChain([3, size, size], [{ filters: channels, kernel: 3 }]);
      const onnx = Buffer.from(withoutWeights(networkModel(chain, { batch: 1, seed: 1 }))).toString('base64');
      const body = JSON.stringify({ device: 'fnas:zcu102', onnx });
      const error = await refused('breakdown', '/v1/breakdown', 'application/json', body, 422);
      assert.match(error.message, /tensors may have at most 17179869184 elements/);
    }
  });
});
