import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { MeetsAnswer } from '../../api/meets.js';
import { buildApp } from '../../server/app.js';
import { packageRoot } from '../../src/base/package-root.js';
import { metricNamed } from '../../src/metrics/metric.js';
import { architecturesOf } from '../../src/spaces/architectures.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { saveAdditiveDevice } from './additive-device.js';

const models = temporaryFolder();
let app: FastifyInstance;
before(async () => {
  await saveAdditiveDevice(models, 'board', 1);
  app = await buildApp({ models, logLevel: 'silent' });
});
after(() => app.close());

const LIMIT = { device: 'board', limit: 4, minProbability: 0.8 };
const ask = async (path: string, payload: object) => {
  const answer = await app.inject({ method: 'POST', url: `/v1/${path}`, payload });
  return { status: answer.statusCode, body: answer.json() };
};
const meets = async (more: object = {}): Promise<MeetsAnswer> =>
  (await ask('meets', { ...LIMIT, ...more })).body;
const all = Array.from(architecturesOf(space), (architecture) => space.format(architecture));
/** By the probabilities that a prediction of each architecture says. */
async function expected(architectures: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (let start = 0; start < architectures.length; start += 10_000) {
    const asked = {
      device: 'board',
      limitMs: LIMIT.limit,
      architectures: architectures.slice(start, start + 10_000),
    };
    const { predictions } = (await ask('predict', asked)).body;
    for (const { architecture, withinLimit } of predictions) {
      if (withinLimit >= LIMIT.minProbability) found.push(architecture);
    }
  }
  return found;
}

test('of the whole space those meet a limit whose predictions say so, page by page', async () => {
  const wanted = await expected(all);
  assert.ok(wanted.length > 100 && wanted.length < all.length / 2);
  const found: string[] = [];
  let page = await meets({ count: 700 });
  for (;;) {
    assert.deepEqual([page.count, page.lookedAt, page.isSample], [wanted.length, all.length, false]);
    for (const { architecture, withinLimit } of page.meets) {
      assert.ok(withinLimit >= LIMIT.minProbability);
      found.push(architecture);
    }
    if (page.next === null) break;
    page = await meets({ count: 700, from: page.next });
  }
  assert.deepEqual(found, wanted);
  assert.deepEqual([page.metric, page.unit], ['latency', 'ms']);
  const counted = await meets({ count: 0 });
  assert.deepEqual([counted.meets, counted.count, counted.next], [[], wanted.length, 0]);
});

test('of given architectures those that cannot be read are counted beside the others', async () => {
  const given = all.filter((_, i) => i % 100 === 0);
  const answer = await meets({ architectures: [...given, 'x'], count: 10_000 });
  assert.deepEqual(
    answer.meets.map(({ architecture }) => architecture),
    await expected(given),
  );
  assert.deepEqual([answer.lookedAt, answer.unreadable], [given.length, 1]);
  const none = await meets({ limit: 0.001 });
  assert.deepEqual([none.count, none.next], [0, null]);
  for (const [wrong, status] of [
    [{ minProbability: 0.99 }, 400],
    [{ limit: 0 }, 400],
    [{ metric: 'energy' }, 404],
    [{ device: 'nobody' }, 404],
  ] as const) {
    assert.equal((await ask('meets', { ...LIMIT, ...wrong })).status, status);
  }
});

test('the command line prints the same networks and how many there are', async () => {
  const predict = (...more: string[]) => {
    const args = ['predict', '--models', models, '--device', 'board', ...more];
    return spawnSync(process.execPath, [join(packageRoot, 'scripts/tempograph.mjs'), ...args], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
  };
  const { stdout, stderr } = predict(
    '--sample',
    '20000',
    '--limit',
    '4',
    '--min-probability',
    '0.8',
    '--json',
  );
  const { predictions, count, lookedAt } = JSON.parse(stdout || stderr);
  const wanted = await expected(all);
  assert.deepEqual([count, lookedAt], [wanted.length, all.length]);
  assert.deepEqual(
    predictions.map(({ architecture }: { architecture: string }) => architecture),
    wanted,
  );
  const table = predict('--limit', '4', '--min-probability', '0.5', all[0], space.example);
  assert.match(table.stdout, /within 4 ms, %/);
  assert.match(table.stdout, /\d of 2 are within 4 ms with a probability of 50 % or more/);
  const drawn = predict('--sample', '5', '--limit', '4', '--csv').stdout.trim().split('\n');
  assert.match(drawn[0], /,withinLimit,/);
  assert.equal(drawn.length, 6);
  assert.match(predict('--min-probability', '0.9', all[0]).stderr, /--min-probability: needs a --limit/);
  assert.match(predict('--sample', '5', 'x.onnx').stderr, /--sample: applies only to architectures/);
});

test('where more is better, a limit is met by at least it', async () => {
  const throughput = metricNamed('throughput');
  await saveAdditiveDevice(models, 'board', 1, throughput);
  const served = await buildApp({ models, logLevel: 'silent' });
  after(() => served.close());
  const payload = { device: 'board', metric: 'throughput', limit: 6, minProbability: 0.8, count: 10_000 };
  const { meets: found } = (await served.inject({ method: 'POST', url: '/v1/meets', payload })).json();
  assert.ok(found.length > 100 && found.length < all.length / 2);
  // Predictions of 6 are off by a millionth, which their quantiles know.
  assert.ok(found.every(({ value }: { value: number }) => value > 5.999));
});
