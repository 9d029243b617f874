import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SearchAnswer } from '../../api/searches.js';
import { packageRoot } from '../../src/base/package-root.js';
import { poolOf } from '../../src/search/pool.js';
import { runSearch } from '../../src/search/run.js';
import { architecturesOf } from '../../src/spaces/architectures.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { madeUpAccuracy, madeUpEvaluator, QUICK, searchWith } from '../search/made-up.js';
import { temporaryFolder } from '../temporary-folder.js';
import { measuredCells } from './measured-cells.js';
import { noPostgres, PostgresServer } from './postgres-server.js';

const BUDGET = 40;
const OPTIONS = { ...QUICK, steps: 120 };
/** Networks to search among. */
const TABLE = [...architecturesOf(nasbench201)].filter((_, i) => i % 20 === 0);

interface Job {
  id: string;
  kind: string;
  state: string;
  attempt: number;
  worker: string | null;
  progress: { epoch: number } | null;
  error: string | null;
  result: { version: string } | null;
}

/** A command of tempograph as a process of its own. */
function started(
  args: readonly string[],
  databaseUrl: string,
): { process: ChildProcess; says: Promise<string> } {
  const script = `const { main } = await import('./dist/cli/main.js'); await main(process.argv.slice(1));`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script, '--', ...args], {
    cwd: packageRoot,
    env: { ...process.env, DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const says = once(createInterface({ input: child.stdout! }), 'line').then(([line]) => String(line));
  return { process: child, says };
}

test('two servers and two workers on one PostgreSQL: a training and a search outlive the worker that is killed, and all serve what was trained', {
  skip: noPostgres,
}, async (t) => {
  const folder = temporaryFolder();
  const postgres = await PostgresServer.start();
  const processes: ChildProcess[] = [];
  t.after(async () => {
    for (const child of processes) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await postgres.stop();
  });
  const databaseUrl = await postgres.database();
  await mkdir(join(folder, 'models'));
  // Nothing but the database is shared.
  const start = (name: string, ...args: string[]) => {
    const folders = ['--models', join(folder, 'models'), '--data', join(folder, name)];
    const one = started([...args, ...folders], databaseUrl);
    processes.push(one.process);
    return one;
  };
  const servers = ['s1', 's2'].map((name) => start(name, 'serve', '--no-jobs', '--port', '0'));
  const urls = await Promise.all(servers.map(async ({ says }) => (await says).match(/http:\S+/)![0]));
  const startWorker = (name: string) => start(name, 'worker', '--threads', '1');
  const killed = startWorker('w1');

  const ask = async <Body>(url: string, path: string, body?: object): Promise<Body> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url + path, body && { method: 'POST', headers, body: JSON.stringify(body) });
    const answer = (await response.json()) as Body;
    assert.ok(response.ok, JSON.stringify(answer));
    return answer;
  };
  const until = async (id: string, holds: (job: Job) => boolean): Promise<Job> => {
    for (const deadline = Date.now() + 90_000; ; await sleep(100)) {
      const job = await ask<Job>(urls[0], `/v1/jobs/${id}`);
      if (holds(job)) return job;
      assert.ok(Date.now() < deadline, JSON.stringify(job));
    }
  };

  const measurements = measuredCells(40, 3);
  await ask(urls[0], '/v1/devices/board/measurements', { key: 'a', space: 'nasbench201', measurements });
  const { id } = await ask<Job>(urls[0], '/v1/devices/board/train', { epochs: 400 });
  await until(id, ({ progress }) => progress !== null && progress.epoch > 0);
  const rows = TABLE.map((a) => `${nasbench201.format(a)},${madeUpAccuracy(a)}`);
  const search = await ask<SearchAnswer>(urls[1], '/v1/searches', {
    space: nasbench201.name,
    strategy: 'brp',
    options: OPTIONS,
    budget: BUDGET,
    evaluator: { kind: 'table', column: 'accuracy', csv: ['arch,accuracy', ...rows].join('\n') },
  });
  const { jobs } = await ask<{ jobs: Job[] }>(urls[0], '/v1/jobs');
  const searching = jobs.find(({ kind }) => kind === 'search')!;
  await until(searching.id, ({ state }) => state === 'running');
  // Not there before, so that both jobs were the other's.
  const other = startWorker('w2');
  killed.process.kill('SIGKILL');

  const pidOf = ({ worker }: Job) => Number(worker!.split(':').at(-1));
  const ended = async (job: string) => {
    const done = await until(job, ({ state }) => state !== 'queued' && state !== 'running');
    assert.deepEqual([done.state, done.attempt, done.error], ['succeeded', 2, null]);
    assert.equal(pidOf(done), other.process.pid);
    return done;
  };
  const done = await ended(id);
  await ended(searching.id);

  // The search has come to what it would have come to alone.
  const pool = poolOf(nasbench201, TABLE);
  const alone = searchWith('brp', { pool, budget: BUDGET, options: OPTIONS });
  await runSearch(alone, madeUpEvaluator, { pool });
  const found = await ask<SearchAnswer>(urls[1], `/v1/searches/${search.id}`);
  assert.deepEqual([found.state, found.trained], ['succeeded', BUDGET]);
  assert.deepEqual(
    found.points.map(({ architecture }) => architecture),
    alone.trials.map(({ candidate }) => nasbench201.format(pool.architectures[candidate])),
  );

  const payload = { device: 'board', architectures: [nasbench201.example] };
  const served = async (url: string) => {
    for (const deadline = Date.now() + 10_000; ; await sleep(100)) {
      const response = await fetch(`${url}/v1/predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(payload),
      });
      if (response.ok) return (await response.json()) as { predictions: { modelVersion: string }[] };
      assert.ok(Date.now() < deadline, `${url} does not serve it`);
    }
  };
  const [first, second] = await Promise.all(urls.map(served));
  assert.equal(first.predictions[0].modelVersion, done.result!.version);
  assert.deepEqual(first, second);

  // A worker that is told to stop gives its job back, for another to continue.
  const next = await ask<Job>(urls[1], '/v1/devices/board/train', { epochs: 10_000 });
  await until(next.id, ({ state }) => state === 'running');
  const exited = once(other.process, 'exit');
  other.process.kill('SIGTERM');
  assert.deepEqual(await exited, [0, null]);
  const given = await until(next.id, ({ state }) => state === 'queued');
  assert.deepEqual([given.attempt, given.error], [0, null]);
});
