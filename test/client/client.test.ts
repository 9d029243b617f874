import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { TempographClient, TempographError } from '../../client/index.js';
import { packageRoot } from '../../src/base/package-root.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { collectGarbage } from '../collect-garbage.js';
import { boardService } from '../server/board-service.js';
import { measuredCells } from '../server/measured-cells.js';

const ADMIN_KEY = 'a'.repeat(43);

describe('the client, of a service that requires keys', () => {
  let app: FastifyInstance;
  let url: string;
  let client: TempographClient;

  before(async () => {
    app = await boardService({ requireKeys: true, adminKey: ADMIN_KEY });
    url = await app.listen({ port: 0, host: '127.0.0.1' });
    client = new TempographClient({ url, key: ADMIN_KEY });
  });
  after(async () => {
    await app.close();
  });

  test('predicts, and describes devices and spaces', async () => {
    const architectures = [nasbench201.example];
    const { predictions } = await client.predict({ device: 'board', architectures, intervals: true });
    assert.ok(predictions[0].interval!.lowMs! < predictions[0].latencyMs!);
    const [device] = await client.devices();
    assert.equal((await client.device(device.id)).version, device.version);
    assert.equal((await client.space(device.space)).size, 15_625);
  });

  test('uploads, trains, follows the job to its end, promotes, and has nothing to roll back to', async () => {
    const measurements = measuredCells(60, 3);
    const answer = await client.upload('mine', { key: 'a', space: 'nasbench201', measurements });
    assert.equal(answer.accepted, 60);
    const back = [];
    for await (const row of client.measurements('mine', { pageSize: 25 })) back.push(row.architecture);
    assert.deepEqual(
      back,
      measurements.map(({ architecture }) => architecture),
    );

    const { id } = await client.train('mine', { predictor: 'lookup' });
    const states = [];
    for await (const job of client.followJob(id)) states.push(job.state);
    assert.equal(states.at(-1), 'succeeded');
    const { serving, versions } = await client.versions('mine');
    assert.equal(versions[0].version, serving);
    assert.equal((await client.promote('mine', serving!)).serving, serving);
    // Promoting what serves changes nothing, so that there is nothing to go back to.
    await assert.rejects(client.rollback('mine'), /nothing served mine before/);
    assert.equal((await client.drift('mine')).unlearned, 0);
    assert.equal((await client.cancelJob(id)).state, 'succeeded');
    assert.deepEqual(
      (await client.jobs({ device: 'mine' })).map((job) => job.id),
      [id],
    );
  });

  test('begins a search, trains what it asks for and follows it to its end', async () => {
    const body = {
      space: 'nasbench201',
      strategy: 'random',
      budget: 3,
      evaluator: { kind: 'ask-tell' as const },
    };
    const { id } = await client.startSearch(body);
    for (let trained = 0; trained < 3; ) {
      const { trials } = await client.ask(id, { worker: 'w', count: 3 });
      const results = trials.map(({ number }) => ({ number, accuracy: 60 + number }));
      if (results.length > 0) await client.tell(id, { worker: 'w', results });
      trained += results.length;
    }
    const states = [];
    for await (const { state } of client.followSearch(id)) states.push(state);
    assert.equal(states.at(-1), 'succeeded');
    assert.equal((await client.search(id)).points.length, 3);
    assert.deepEqual(
      (await client.searches()).map((search) => search.id),
      [id],
    );
    assert.equal((await client.cancelSearch(id)).state, 'succeeded');
  });

  test('lends candidates to workers', async () => {
    const architectures = measuredCells(2, 3).map(({ architecture }) => architecture);
    await client.queueCandidates('fleet', { space: 'nasbench201', architectures });
    const { candidates } = await client.claimCandidates('fleet', { worker: 'w', count: 1 });
    assert.equal(candidates[0].architecture, architectures[0]);
    await client.failCandidate('fleet', candidates[0].id, { worker: 'w', reason: 'does not fit' });
    assert.equal((await client.candidates('fleet')).queued, 2);
  });

  test('makes keys, is refused with a lower one, and sees who changed what', async () => {
    const { id, key } = await client.addKey({ name: 'reader', role: 'read' });
    const reader = new TempographClient({ url, key });
    assert.equal((await reader.devices()).length, (await client.devices()).length);
    await assert.rejects(reader.train('mine'), { status: 403, code: 'forbidden' });
    await client.removeKey(id);
    await assert.rejects(reader.devices(), { status: 401, code: 'unauthorized' });
    assert.deepEqual(await client.keys(), []);
    assert.equal((await client.audit({ limit: 1 })).changes[0].path, `/v1/keys/${id}`);
  });

  test('errors carry the code, the message and the details', async () => {
    const wrong = client.upload('mine', { key: 'b', measurements: [{ architecture: 'x', latencyMs: 1 }] });
    await assert.rejects(wrong, (error: unknown) => {
      assert.ok(error instanceof TempographError);
      assert.deepEqual([error.status, error.code], [400, 'invalid_measurements']);
      assert.equal(error.details[0].field, 'measurements.0.architecture');
      return true;
    });
  });
});

describe('the client, of a service in trouble', () => {
  /** A service that answers the nth request by the nth function. */
  async function serve(t: TestContext, ...answers: ((response: ServerResponse) => void)[]) {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      answers[Math.min(asked.length, answers.length - 1)](response);
      asked.push(`${request.method} ${request.url}`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { url, asked, client: new TempographClient({ url, retries: 2, firstWaitMs: 10 }) };
  }
  const error = (code: string) => JSON.stringify({ error: { code, message: 'in the service’s words' } });
  const busy = (response: ServerResponse) => response.writeHead(503).end(error('overloaded'));
  const limited = (response: ServerResponse) =>
    response.writeHead(429, { 'retry-after': '0' }).end(error('too_many_requests'));
  const gone = (response: ServerResponse) => response.destroy();
  const devices = (response: ServerResponse) => response.end('{"devices":[]}');

  test('what it was too busy for is sent again, and given up in the end', async (t) => {
    const better = await serve(t, busy, limited, devices);
    assert.deepEqual(await better.client.devices(), []);
    assert.equal(better.asked.length, 3);
    const never = await serve(t, busy);
    await assert.rejects(never.client.train('x'), { status: 503, code: 'overloaded' });
    assert.equal(never.asked.length, 3);
  });

  test('without an answer only what does no harm twice is sent again', async (t) => {
    const { client, asked } = await serve(t, gone, devices);
    assert.deepEqual(await client.devices(), []);
    const lost = await serve(t, gone);
    await assert.rejects(lost.client.train('x'), { status: 0, code: 'no_answer' });
    assert.deepEqual([asked.length, lost.asked], [2, ['POST /v1/devices/x/train']]);
  });

  test('an answer that breaks off is none', async (t) => {
    const broken = (response: ServerResponse) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"devices":');
      setTimeout(() => response.destroy(), 10);
    };
    const { client, asked } = await serve(t, broken, devices);
    assert.deepEqual(await client.devices(), []);
    assert.equal(asked.length, 2);
    const lost = await serve(t, broken);
    await assert.rejects(lost.client.train('x'), { name: 'TempographError', status: 0, code: 'no_answer' });
    assert.equal(lost.asked.length, 1);
  });

  test('a proxy’s page is an error that shows it', async (t) => {
    const { client } = await serve(t, (response) => response.writeHead(502).end('<h1>Bad gateway</h1>'));
    await assert.rejects(client.devices(), { status: 502, code: 'not_json', message: /Bad gateway/ });
  });

  test('a stream of events that breaks is taken up again', async (t) => {
    const event = (state: string) => `: comment\n\nevent: job\ndata: ${JSON.stringify({ state })}\n\n`;
    const { client } = await serve(
      t,
      (response) => {
        const [start, end] = [event('running').slice(0, 30), event('running').slice(30)];
        response.write(start);
        setTimeout(() => response.write(end), 20);
        setTimeout(() => response.destroy(), 60);
      },
      (response) => response.end(event('succeeded')),
    );
    const states = [];
    for await (const { state } of client.followJob('x')) states.push(state);
    assert.deepEqual(states, ['running', 'succeeded']);
  });

  test('a stream that ends at once is asked for again after a pause, and given up in the end', async (t) => {
    const { url, asked } = await serve(t, (response) => response.end(': nothing\n\n'));
    const waits: number[] = [];
    const onRetry = (_problem: string, waitMs: number) => waits.push(waitMs);
    const client = new TempographClient({ url, retries: 2, firstWaitMs: 10, onRetry });
    await assert.rejects(client.followJob('x').next(), { code: 'no_answer', message: /ended before/ });
    assert.deepEqual([waits, asked.length], [[10, 20], 3]);
  });

  test('a signal ends a call, also while it waits', async (t) => {
    const { url } = await serve(t, busy);
    const patient = new TempographClient({ url, firstWaitMs: 10_000 });
    await assert.rejects(patient.devices({ signal: AbortSignal.timeout(50) }), { name: 'TimeoutError' });
  });

  test('an answer that does not come is given up, whatever the garbage collector does meanwhile', {
    timeout: 20_000,
  }, async (t) => {
    const { url } = await serve(t, () => {});
    const client = new TempographClient({ url, retries: 0, timeoutMs: 500 });
    const collecting = setInterval(collectGarbage, 50);
    t.after(() => clearInterval(collecting));
    const { signal } = new AbortController();
    await assert.rejects(client.devices({ signal }), { code: 'no_answer', message: /within 500 ms/ });
  });
});

test('the package exports it as tempograph/client', () => {
  const script = `import { TempographClient } from 'tempograph/client'; console.log(TempographClient.name);`;
  const args = ['--input-type=module', '--eval', script];
  const said = execFileSync(process.execPath, args, { cwd: packageRoot, encoding: 'utf8' });
  assert.equal(said, 'TempographClient\n');
});
