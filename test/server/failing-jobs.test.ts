import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../server/app.js';
import { runInProcess, WorkFailed } from '../../server/jobs/child-process.js';
import { temporaryFolder } from '../temporary-folder.js';
import { measuredCells } from './measured-cells.js';

interface Job {
  readonly id: string;
  readonly state: string;
  readonly attempt: number;
  readonly error: string | null;
  readonly progress: { readonly epoch: number } | null;
}

/** A job's work as a script of its own. */
async function run(work: string): Promise<unknown> {
  const folder = temporaryFolder();
  const script = join(folder, 'work.mjs');
  const childProcess = new URL('../../server/jobs/child-process.js', import.meta.url);
  await writeFile(
    script,
    `import { asChild } from ${JSON.stringify(childProcess.href)};\nawait asChild(async () => { ${work} });`,
  );
  return runInProcess(script, {}, join(folder, 'job'), new AbortController().signal, () => {});
}

test('a mistake of the work itself is told from what another attempt may not meet', async () => {
  const singular = run(`throw new Error('LU matrix is singular')`);
  await assert.rejects(
    singular,
    (error) => error instanceof WorkFailed && error.message === 'LU matrix is singular',
  );
  for (const [work, why] of [
    [
      `const { open } = await import('node:fs/promises'); await open('/nowhere/at/all')`,
      /exit code 1.*ENOENT/s,
    ],
    [`throw new RangeError('Array buffer allocation failed')`, /allocation failed/],
    [
      `process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})`,
      /SIGKILL, perhaps for lack of memory/,
    ],
  ] as const) {
    await assert.rejects(
      run(work),
      (error) => !(error instanceof WorkFailed) && error instanceof Error && why.test(error.message),
    );
  }
});

describe('a job whose process is killed', { skip: process.platform === 'win32' }, () => {
  const folder = temporaryFolder();
  let app: FastifyInstance;
  before(async () => {
    app = await buildApp({ models: folder, data: join(folder, 'data'), logLevel: 'silent' });
    const payload = { key: 'a', space: 'nasbench201', measurements: measuredCells(40, 3) };
    const upload = await app.inject({ method: 'POST', url: '/v1/devices/board/measurements', payload });
    assert.equal(upload.statusCode, 200, upload.body);
  });
  after(() => app.close());

  /** Of the training, as the system lists it. */
  function trainings(): number[] {
    const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
      .trim()
      .split('\n');
    return rows
      .map((row) => row.trim().split(/\s+/))
      .filter(
        ([, parent, ...args]) => Number(parent) === process.pid && args.join(' ').includes('train-process'),
      )
      .map(([pid]) => Number(pid));
  }
  async function until(id: string, holds: (job: Job) => boolean): Promise<Job> {
    for (const deadline = performance.now() + 120_000; ; await sleep(50)) {
      const job = (await app.inject(`/v1/jobs/${id}`)).json<Job>();
      if (holds(job)) return job;
      assert.ok(performance.now() < deadline, JSON.stringify(job));
    }
  }

  test('is begun again, says why, and is given up after five attempts that came to nothing', async () => {
    const payload = { epochs: 10_000 };
    const train = await app.inject({ method: 'POST', url: '/v1/devices/board/train', payload });
    assert.equal(train.statusCode, 202, train.body);
    const { id } = train.json<Job>();
    for (let attempt = 1; attempt <= 5; attempt++) {
      const job = await until(
        id,
        (now) => now.state === 'running' && now.attempt === attempt && trainings().length > 0,
      );
      if (attempt > 1)
        assert.match(job.error!, /the job's process ended \(SIGKILL, perhaps for lack of memory\)/);
      for (const pid of trainings()) process.kill(pid, 'SIGKILL');
      await until(id, (now) => now.attempt > attempt || now.state !== 'running');
    }
    const { state, error, attempt } = await until(id, (now) => now.state === 'failed');
    assert.deepEqual([state, attempt], ['failed', 5]);
    assert.match(error!, /SIGKILL/);
    const { body } = await app.inject('/metrics');
    assert.match(body, /^tempograph_jobs_ended\{kind="train",state="failed"\} 1$/m);
    // The service has gone on, and takes the next.
    const next = await app.inject({
      method: 'POST',
      url: '/v1/devices/board/train',
      payload: { predictor: 'lookup' },
    });
    assert.equal(
      (await until(next.json<Job>().id, (now) => now.state !== 'queued' && now.state !== 'running')).state,
      'succeeded',
    );
  });
});
