import assert from 'node:assert/strict';
import { join } from 'node:path';
import { mock, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildApp } from '../../server/app.js';
import { temporaryFolder } from '../temporary-folder.js';
import { saveAdditiveDevice } from './additive-device.js';
import { measuredCells } from './measured-cells.js';
import { noPostgres, PostgresServer } from './postgres-server.js';

const DAY_MS = 24 * 3600 * 1000;

interface Trials {
  trials: { number: number }[];
}

// The embedded store has a thread, and PostgreSQL a machine, of its own: their clocks stay as they are.
for (const kind of ['embedded', 'postgresql'] as const) {
  const skip = kind === 'postgresql' && noPostgres;

  test(`a server whose clock steps by a day keeps leases, jobs and its look at the disk (${kind} store)`, {
    skip,
  }, async (t) => {
    const folder = temporaryFolder();
    const models = join(folder, 'models');
    await saveAdditiveDevice(models, 'first', 1);
    const postgres = kind === 'postgresql' ? await PostgresServer.start() : undefined;
    const databaseUrl = await postgres?.database();
    const app = await buildApp({ models, data: join(folder, 'data'), databaseUrl, logLevel: 'silent' });
    t.after(async () => {
      mock.timers.reset();
      await app.close();
      await postgres?.stop();
    });
    const start = Date.now();
    const step = (days: number) => mock.timers.setTime(start + days * DAY_MS);
    const post = async <Body>(url: string, payload: object): Promise<Body> => {
      const answer = await app.inject({ method: 'POST', url, payload });
      assert.ok(answer.statusCode < 300, answer.body);
      return answer.json();
    };
    const until = async (holds: () => Promise<boolean>) => {
      for (const deadline = performance.now() + 60_000; !(await holds()); await sleep(100)) {
        assert.ok(performance.now() < deadline, 'nothing happened for a minute');
      }
    };

    await post('/v1/devices/board/measurements', {
      key: 'a',
      space: 'nasbench201',
      measurements: measuredCells(40, 3),
    });
    const { id } = await post<{ id: string }>('/v1/searches', {
      space: 'nasbench201',
      strategy: 'random',
      budget: 3,
      parallel: 3,
      evaluator: { kind: 'ask-tell' },
    });
    const ask = async (worker: string, leaseSeconds: number, count: number) => {
      const answer = await post<Trials>(`/v1/searches/${id}/ask`, { worker, leaseSeconds, count });
      return answer.trials.map(({ number }) => number);
    };
    let long: number[] = [];
    await until(async () => {
      long = await ask('long', 3600, 1);
      return long.length > 0;
    });
    const short = await ask('short', 1, 1);

    mock.timers.enable({ apis: ['Date'], now: start });
    const job = await post<{ id: string }>('/v1/devices/board/train', { predictor: 'lookup' });
    step(1);
    const others = await ask('other', 3600, 100);
    assert.ok(!others.includes(long[0]), 'a lease of an hour ends after an hour, not with a step');
    step(-1);
    await sleep(1100);
    const again = await ask('other', 3600, 100);
    assert.ok([...others, ...again].includes(short[0]), 'a lease of a second ends after it, not a day later');

    await until(async () => {
      const { state, attempt, error } = (await app.inject(`/v1/jobs/${job.id}`)).json();
      assert.ok(attempt <= 1, error);
      return state === 'succeeded';
    });
    await saveAdditiveDevice(models, 'second', 2);
    await until(async () => {
      const { devices } = (await app.inject('/v1/devices')).json();
      return devices.some(({ id }: { id: string }) => id === 'second');
    });
  });
}
