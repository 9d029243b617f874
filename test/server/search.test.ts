import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { SearchAnswer } from '../../api/searches.js';
import { TempographClient } from '../../client/index.js';
import { buildApp } from '../../server/app.js';
import { packageRoot } from '../../src/base/package-root.js';
import { networkTable } from '../../src/search/codesign/network-table.js';
import { pairEvaluator, rewardObjective } from '../../src/search/codesign/pair-evaluator.js';
import { pairPool } from '../../src/search/codesign/pair-pool.js';
import { type CandidatePool, poolOf, poolOfSpace } from '../../src/search/pool.js';
import { runSearch } from '../../src/search/run.js';
import { Search } from '../../src/search/search.js';
import { strategyNamed } from '../../src/search/strategies/registry.js';
import type { StrategyOptions } from '../../src/search/strategies/strategy.js';
import { isTrained } from '../../src/search/trial.js';
import { knownResults } from '../../src/search/warm-start.js';
import { architecturesOf } from '../../src/spaces/architectures.js';
import { mnasnet } from '../../src/spaces/mnasnet/space.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201/space.js';
import { madeUpAccuracy, madeUpEvaluator, QUICK, searchWith } from '../search/made-up.js';
import { temporaryFolder } from '../temporary-folder.js';
import { additiveMs, saveAdditiveDevice } from './additive-device.js';
import { noPostgres, PostgresServer } from './postgres-server.js';

const TABLE = [...architecturesOf(space)].filter((_, i) => i % 20 === 0);
/** By workers. */
const ASKED = { kind: 'ask-tell' };
const CSV = ['arch,accuracy', ...TABLE.map((a) => `${space.format(a)},${madeUpAccuracy(a)}`)].join('\n');

/** Architectures and accuracies that a search in this process comes to. */
async function expected(strategy: string, budget: number, seed: number, fromTable: boolean) {
  const pool = fromTable ? poolOf(space, TABLE) : poolOfSpace(space, seed);
  const options = strategy === 'brp' ? QUICK : undefined;
  const search = searchWith(strategy, { pool, budget, seed, options });
  await runSearch(search, madeUpEvaluator, { pool });
  return search.trials.map(({ candidate, outcome }) => [
    space.format(pool.architectures[candidate]),
    outcome && 'accuracy' in outcome ? outcome.accuracy : null,
  ]);
}

/** The pairs that a search by `combined` in this process comes to. */
async function expectedPairs(budget: number) {
  const limits = { maxLatencyMs: 5, maxAreaMm2: 150 };
  const scenario = { weights: { area: 0.1, latency: 0, accuracy: 0.9 }, limits };
  const { networks, evaluator } = networkTable(space, TABLE, TABLE.map(madeUpAccuracy));
  const pool = pairPool(space, { networks, limits });
  const task = { pool, objective: rewardObjective(pool, scenario), budget, seed: 1 };
  const { strategy } = strategyNamed('combined').create(task, { hidden: 8 });
  const search = new Search({ ...task, strategy });
  await runSearch(search, pairEvaluator(pool, scenario, evaluator), { pool });
  return search.trials.filter(isTrained).map(({ candidate, outcome }) => ({
    architecture: pool.space.format(pool.architectures[candidate]),
    reward: outcome.reward!,
    ...pool.metricsOf(pool.architectures[candidate]),
  }));
}
const found = ({ points }: SearchAnswer) =>
  points.map(({ architecture, accuracy }) => [architecture, accuracy]);

for (const kind of ['embedded', 'postgresql'] as const) {
  const skip = kind === 'postgresql' && noPostgres;

  describe(`searches in an ${kind} store`, { skip }, () => {
    let folder: string;
    let postgres: PostgresServer | undefined;
    let app: FastifyInstance;

    before(async () => {
      folder = temporaryFolder();
      await saveAdditiveDevice(join(folder, 'models'), 'board', 1);
      await mkdir(join(folder, 'data', 'accuracies'), { recursive: true });
      await writeFile(join(folder, 'data', 'accuracies', 'made-up.csv'), CSV);
      if (kind === 'postgresql') postgres = await PostgresServer.start();
      app = await buildApp({
        models: join(folder, 'models'),
        data: join(folder, 'data'),
        databaseUrl: await postgres?.database(),
        logLevel: 'error',
      });
    });
    after(async () => {
      await app.close();
      await postgres?.stop();
    });

    const ask = async (method: 'GET' | 'POST', path: string, payload?: object) => {
      const answer = await app.inject({ method, url: `/v1/searches${path}`, payload });
      return { status: answer.statusCode, body: answer.json() };
    };
    const started = async (body: object): Promise<SearchAnswer> => {
      const { status, body: search } = await ask('POST', '', { space: space.name, ...body });
      assert.equal(status, 202, JSON.stringify(search));
      return search;
    };
    /** Reads a search's events until it is over. */
    async function followed(id: string): Promise<SearchAnswer[]> {
      const { body } = await app.inject(`/v1/searches/${id}/events`);
      const events = body.split('\n\n').filter((event) => event.startsWith('event: search\n'));
      return events.map((event) => JSON.parse(event.slice('event: search\ndata: '.length)));
    }
    /** Trains what it is given until the search is over; says which numbers it was given. */
    async function work(id: string, worker: string, count = 1): Promise<number[]> {
      const given: number[] = [];
      for (;;) {
        const { body } = await ask('POST', `/${id}/ask`, { worker, count });
        for (const { number, architecture } of body.trials) {
          given.push(number);
          const results = [{ number, accuracy: madeUpAccuracy(space.parse(architecture)), seconds: 1 }];
          assert.equal((await ask('POST', `/${id}/tell`, { worker, results })).status, 200);
        }
        if (!['queued', 'running'].includes(body.state)) return given;
        if (body.trials.length === 0) await sleep(50);
      }
    }

    test('with a table a search comes to what it comes to without a service, and is shown as it grows', async () => {
      const table = { kind: 'table', column: 'accuracy', csv: CSV };
      const { id, state } = await started({ strategy: 'brp', options: QUICK, budget: 30, evaluator: table });
      assert.equal(state, 'queued');
      const events = await followed(id);
      const last = events.at(-1)!;
      assert.equal(last.state, 'succeeded', String(last.error));
      assert.deepEqual(found(last), await expected('brp', 30, 1, true));
      assert.equal(last.optimum, Math.max(...TABLE.filter((a) => space.isConnected(a)).map(madeUpAccuracy)));
      assert.equal(last.best!.accuracy, last.curve.at(-1)!.best);
      assert.deepEqual((await ask('GET', `/${id}`)).body, last);
      const [first] = (await ask('GET', '')).body.searches;
      assert.deepEqual([first.id, first.best, first.trained], [id, last.best, 30]);
      assert.equal((await ask('POST', `/${id}/ask`, { worker: 'w' })).body.error.code, 'not_asked');
    });

    test('networks of a search over a pool have its operators alone, those too that it asks for later', async () => {
      const kept = (layer: string, ...operators: string[]) => ({
        layer,
        operators: operators.map((operator) => ({
          operator,
          latencyMs: 1,
          macs: 1,
          parameters: 1,
          score: 1,
          kept: true,
        })),
      });
      const about = {
        format: 'tempograph-pool/1',
        device: 'd',
        latencies: 'formula',
        seed: 1,
        references: 2,
      };
      const layers = mnasnet.slots.flatMap(({ name }) =>
        name.endsWith('_e') ? [kept(name.slice(0, -2), 'e1_k3_se0', 'e4_k5_se0', 'e6_k5_se0')] : [],
      );
      const operatorPool = { ...about, space: 'mnasnet', keep: 2, layers };
      const body = {
        space: 'mnasnet',
        strategy: 'hurricane',
        options: { population: 4 },
        budget: 12,
        parallel: 4,
        operatorPool,
        evaluator: { kind: 'ask-tell' },
      };
      const { id } = await started(body);
      for (let state = 'running'; ['queued', 'running'].includes(state); ) {
        const { body: asked } = await ask('POST', `/${id}/ask`, { worker: 'w', count: 4 });
        state = asked.state;
        if (asked.trials.length === 0) await sleep(50);
        for (const { number, architecture } of asked.trials) {
          const results = [{ number, accuracy: 50 + architecture.split('k5').length }];
          assert.equal((await ask('POST', `/${id}/tell`, { worker: 'w', results })).status, 200);
        }
      }
      const { points, state } = (await ask('GET', `/${id}`)).body as SearchAnswer;
      assert.equal(state, 'succeeded');
      assert.equal(points.length, 12);
      for (const { architecture } of points) {
        for (const block of architecture.split('_')) assert.match(block, /^(e1k3|e[46]k5)l\dse0$/);
      }
      assert.ok(points.some(({ reason }) => reason.startsWith('earlier layers')));

      const wrong = await ask('POST', '', { ...body, operatorPool: { ...operatorPool, space: 'fbnet' } });
      assert.equal(wrong.status, 400);
      assert.match(wrong.body.error.message, /pool is of space fbnet, not mnasnet/);
    });

    test('what earlier searches have trained is known, costs no budget, and is as without a service', async () => {
      const table = { kind: 'table', column: 'accuracy', csv: CSV };
      const ended = async (seed: number) => {
        const { id } = await started({ strategy: 'random', budget: 8, seed, evaluator: table });
        return (await followed(id)).at(-1)!;
      };
      const earlier = await Promise.all([1, 2].map(ended));
      const warmStart = earlier.map(({ id }) => id);
      const results = earlier.flatMap(({ id, points }) =>
        points.map((point) => ({
          architecture: space.parse(point.architecture),
          accuracy: point.accuracy!,
          from: id,
        })),
      );
      const inProcess = async (
        pool: CandidatePool,
        strategy: string,
        options: StrategyOptions,
        budget: number,
      ) => {
        const { known } = await knownResults(pool, results);
        const search = searchWith(strategy, { pool, budget, options });
        search.know(known);
        await runSearch(search, madeUpEvaluator, { pool });
        return search.trials.map(({ candidate, round, reason, outcome }) => {
          assert.ok(outcome && 'accuracy' in outcome);
          return [space.format(pool.architectures[candidate]), round, reason, outcome.accuracy];
        });
      };
      const shown = ({ points }: SearchAnswer) =>
        points.map(({ architecture, round, reason, accuracy }) => [architecture, round, reason, accuracy]);

      const options = { population: 5, tournament: 2 };
      const wanted = { strategy: 'evolution', options, budget: 6, warmStart };
      const { id } = await started({ ...wanted, evaluator: table });
      const last = (await followed(id)).at(-1)!;
      assert.equal(last.state, 'succeeded', String(last.error));
      assert.deepEqual(shown(last), await inProcess(poolOf(space, TABLE), 'evolution', options, 6));
      const { known, trained, curve, request } = last;
      assert.deepEqual([known, trained, curve.length], [last.points.length - 6, 6, 6]);
      assert.deepEqual(request.warmStart, warmStart);
      assert.ok(known > 8 && curve[0].best >= Math.max(...results.map(({ accuracy }) => accuracy)));

      // Whoever trains alone has each network chosen by a process of its own, which goes on from the store.
      const alone = { strategy: 'nas', options: { hidden: 8 }, budget: 3, warmStart, evaluator: ASKED };
      const asked = await started(alone);
      await work(asked.id, 'alone');
      const { body: told } = await ask('GET', `/${asked.id}`);
      assert.deepEqual(shown(told), await inProcess(poolOfSpace(space, 1), 'nas', { hidden: 8 }, 3));
      const instead = [{ number: 1, accuracy: 1, replace: true }];
      const { body } = await ask('POST', `/${asked.id}/tell`, { worker: 'w', results: instead });
      assert.deepEqual([body.recorded, body.differs], [[], [1]], 'an earlier result stays');
      const { body: again } = await ask('POST', `/${asked.id}/extend`, { budget: 4 });
      assert.equal(again.known, told.known);
      await work(asked.id, 'alone');
      assert.equal((await ask('GET', `/${asked.id}`)).body.trained, 4);
    });

    test('earlier searches that do not fit are refused by name', async () => {
      const table = { kind: 'table', column: 'accuracy', csv: CSV };
      const { id } = await started({ strategy: 'random', budget: 2, evaluator: table });
      await followed(id);
      const empty = await started({ strategy: 'random', budget: 2, evaluator: ASKED });
      const refused = async (warmStart: string[], change: object = {}) => {
        const wanted = { space: space.name, budget: 2, evaluator: ASKED, warmStart, ...change };
        const { status, body } = await ask('POST', '', wanted);
        assert.equal(body.error?.details?.[0].field.split('.')[0], 'warmStart', JSON.stringify(body));
        return `${status} ${body.error.message}`;
      };
      const nobody = '00000000-0000-4000-8000-000000000000';
      assert.match(await refused([nobody]), /^404 there is no search 0000/);
      assert.match(await refused([id, empty.id]), /^400 warmStart\.1: .* has trained nothing yet/);
      assert.match(await refused([id], { space: 'mnasnet' }), /^400 .* are of nasbench201, not of mnasnet/);
      const other = { kind: 'table', column: 'other', csv: CSV.replace('accuracy', 'other') };
      assert.match(await refused([id], { evaluator: other }), /^400 .* of column accuracy, not other/);
      const pairs = { strategy: 'combined', codesign: { weights: [0.1, 0, 0.9] }, evaluator: table };
      assert.match(await refused([id], pairs), /^400 .*cannot be used for pairs/);
    });

    test('a search that takes longer than it may fails, and says so', async () => {
      const evaluator = { kind: 'table', column: 'accuracy', csv: CSV };
      const options = { ...QUICK, steps: 100_000 };
      const { id } = await started({ strategy: 'brp', options, budget: 30, evaluator, timeLimitSeconds: 1 });
      const last = (await followed(id)).at(-1)!;
      assert.deepEqual([last.state, last.error], ['failed', 'took longer than 1 s']);
    });

    test('pairs of a network and an accelerator come to what they come to without a service', async () => {
      const evaluator = { kind: 'table', column: 'accuracy', csv: CSV };
      const codesign = { weights: [0.1, 0, 0.9], maxMs: 5, maxAreaMm2: 150 };
      const wanted = { strategy: 'combined', options: { hidden: 8 }, budget: 25, evaluator, codesign };
      const { id } = await started(wanted);
      const last = (await followed(id)).at(-1)!;
      assert.equal(last.state, 'succeeded', String(last.error));
      assert.deepEqual(last.request.codesign, codesign);
      const expected = await expectedPairs(25);
      assert.deepEqual(
        last.points.map(({ architecture, reward, areaMm2, latencyMs }) => ({
          architecture,
          reward,
          areaMm2,
          latencyMs: latencyMs.codesign,
        })),
        expected,
      );
      const rewards = expected.map(({ reward }) => reward);
      assert.equal(last.best!.reward, Math.max(...rewards));
      assert.equal(last.curve.at(-1)!.best, Math.max(...rewards));
      for (const point of expected) assert.ok(point.latencyMs <= 5 && point.areaMm2 <= 150);
      const onFront = new Set(last.front);
      for (const a of last.points.filter(({ number }) => onFront.has(number))) {
        const beaten = last.points.some(
          (b) =>
            b.accuracy! > a.accuracy! &&
            b.latencyMs.codesign < a.latencyMs.codesign &&
            b.areaMm2! < a.areaMm2!,
        );
        assert.ok(!beaten, a.architecture);
      }
      const wrong: [string, object][] = [
        ['strategy', { strategy: 'brp', options: {} }],
        ['strategy', { codesign: undefined }],
        ['codesign.weights', { codesign: { weights: [1, 1, 1] } }],
        ['objective', { objective: 'pareto' }],
        ['limits', { limits: [{ device: 'board', maxMs: 5 }] }],
        ['evaluator.kind', { evaluator: { kind: 'ask-tell' } }],
      ];
      for (const [field, change] of wrong) {
        const { status, body } = await ask('POST', '', { space: space.name, ...wanted, ...change });
        assert.equal(status, 400);
        assert.equal(body.error.details[0].field, field, JSON.stringify(body));
      }
    });

    test('limits hold, and the front has the networks that no other beats', async () => {
      const { id } = await started({
        strategy: 'random',
        budget: 40,
        evaluator: { kind: 'table', column: 'accuracy', name: 'made-up' },
        limits: [
          { device: 'board', maxMs: 6, marginPercent: 10 },
          { device: 'fnas:zcu102', maxMs: 1e6 },
        ],
      });
      const { points, front, candidates, error } = (await followed(id)).at(-1)!;
      assert.equal(points.length, 40, String(error));
      assert.ok(candidates! < poolOf(space, TABLE).size);
      for (const { architecture, latencyMs } of points) {
        assert.ok(Math.abs(latencyMs.board - additiveMs(architecture, 1)) < 0.01);
        assert.ok(latencyMs.board * 1.1 <= 6);
      }
      const beats = (a: (typeof points)[0], b: (typeof points)[0]) =>
        a.accuracy! > b.accuracy! &&
        a.latencyMs.board < b.latencyMs.board &&
        a.latencyMs['fnas:zcu102'] < b.latencyMs['fnas:zcu102'];
      const onFront = points.filter(({ number }) => front.includes(number));
      assert.ok(onFront.length > 0);
      for (const a of onFront) assert.ok(!points.some((b) => beats(b, a)));
      const none = await started({
        budget: 5,
        evaluator: { kind: 'ask-tell' },
        limits: [{ device: 'board', maxMs: 0.1 }],
      });
      const failed = (await followed(none.id)).at(-1)!;
      assert.deepEqual([failed.state, failed.points], ['failed', []]);
      assert.match(failed.error!, /no network keeps within 0\.1 ms on board, where the fastest takes/);
    });

    test('concurrent workers train each network once, and none waits while another trains', async () => {
      const { id } = await started({
        strategy: 'evolution',
        options: { population: 4, tournament: 3 },
        budget: 12,
        parallel: 3,
        seed: 2,
        evaluator: { kind: 'ask-tell' },
      });
      // Somebody has the first one as long as the search goes on.
      let [slow] = [] as { number: number; architecture: string }[];
      while (!slow) [slow] = (await ask('POST', `/${id}/ask`, { worker: 'slow' })).body.trials;
      const given: number[] = [];
      const others = ['a', 'b', 'c'].map(async (worker) => {
        while (given.length < 11) {
          const [trial] = (await ask('POST', `/${id}/ask`, { worker })).body.trials;
          if (!trial) {
            await sleep(50);
            continue;
          }
          given.push(trial.number);
          const accuracy = madeUpAccuracy(space.parse(trial.architecture));
          await ask('POST', `/${id}/tell`, { worker, results: [{ number: trial.number, accuracy }] });
        }
      });
      await Promise.all(others);
      assert.deepEqual(
        given.sort((a, b) => a - b),
        Array.from({ length: 11 }, (_, i) => i + 2),
      );
      const before = (await ask('GET', `/${id}`)).body;
      assert.deepEqual([before.state, before.trained, before.pending], ['running', 11, 1]);
      // The rest of the budget is under way: there is nothing left for others.
      assert.deepEqual((await ask('POST', `/${id}/ask`, { worker: 'a' })).body.trials, []);
      const results = [{ number: slow.number, accuracy: 50 }];
      assert.equal((await ask('POST', `/${id}/tell`, { worker: 'slow', results })).body.state, 'succeeded');
      const { points } = (await ask('GET', `/${id}`)).body as SearchAnswer;
      assert.equal(new Set(points.map(({ architecture }) => architecture)).size, 12);
    });

    test('in a store that was asked one at a time a search comes to what it comes to without a service', async () => {
      const evaluator = { kind: 'ask-tell' };
      const { id } = await started({ strategy: 'nas', options: { hidden: 8 }, budget: 6, evaluator });
      await work(id, 'alone');
      const { body } = await ask('GET', `/${id}`);
      const pool = poolOfSpace(space, 1);
      const search = searchWith('nas', { pool, budget: 6, options: { hidden: 8 } });
      await runSearch(search, madeUpEvaluator, { pool });
      assert.deepEqual(
        found(body).map(([architecture]) => architecture),
        search.trials.map(({ candidate }) => space.format(pool.architectures[candidate])),
      );
    });

    test('what a lost worker has is offered again; results count once; failures are recorded', async () => {
      const { id } = await started({ strategy: 'random', budget: 3, evaluator: { kind: 'ask-tell' } });
      const claim = async (worker: string, count: number, leaseSeconds = 3600) => {
        for (;;) {
          const { body } = await ask('POST', `/${id}/ask`, { worker, count, leaseSeconds });
          if (body.trials.length > 0) return body.trials.map(({ number }: { number: number }) => number);
          await sleep(50);
        }
      };
      assert.deepEqual(await claim('lost', 1, 1), [1]);
      assert.deepEqual(await claim('other', 2), [2, 3]);
      assert.deepEqual(await claim('other', 2, 1), [1], 'after its lease');
      // Who says that it is at it keeps it.
      for (let i = 0; i < 4; i++) {
        const { body } = await ask('POST', `/${id}/ask`, {
          worker: 'other',
          count: 0,
          holding: [1],
          leaseSeconds: 2,
        });
        assert.deepEqual(body.trials, []);
        await sleep(500);
        assert.deepEqual((await ask('POST', `/${id}/ask`, { worker: 'lost' })).body.trials, []);
      }
      const tell = (worker: string, results: object[]) => ask('POST', `/${id}/tell`, { worker, results });
      const results = [
        { number: 1, accuracy: 50 },
        { number: 2, error: 'out of memory', seconds: 3 },
      ];
      assert.deepEqual((await tell('other', results)).body, {
        state: 'running',
        recorded: [1, 2],
        known: [],
        differs: [],
      });
      const late = await tell('lost', [{ number: 1, accuracy: 99 }]);
      assert.deepEqual(late.body, { state: 'running', recorded: [], known: [1], differs: [1] });
      const wrong = await tell('other', [
        { number: 3, accuracy: 60 },
        { number: 77, accuracy: 1 },
      ]);
      assert.deepEqual([wrong.status, wrong.body.error.details[0].field], [400, 'results.1.number']);
      const { body } = await ask('GET', `/${id}`);
      assert.deepEqual([body.trained, body.failed, body.pending], [1, 1, 1], 'all of a request or nothing');
      assert.equal(body.points[1].error, 'out of memory');
      const both = await tell('other', [{ number: 3, accuracy: 60, error: 'x' }]);
      assert.equal(both.status, 400);
      await tell('other', [{ number: 3, accuracy: 60 }]);
      // A failure does not count: another network takes its place in the budget.
      assert.deepEqual(await claim('other', 2), [4]);
      assert.equal((await tell('other', [{ number: 4, accuracy: 55 }])).body.state, 'succeeded');
      assert.equal((await followed(id)).at(-1)!.best!.number, 3);
      const same = await tell('other', [{ number: 3, accuracy: 60, seconds: 5 }]);
      assert.deepEqual(same.body, { state: 'succeeded', recorded: [], known: [3], differs: [] });
      // The best was a mistake: without it the budget is not spent.
      const back = await tell('other', [{ number: 3, error: 'taken back', replace: true }]);
      assert.deepEqual([back.body.recorded, back.body.state], [[3], 'running']);
      assert.equal((await ask('GET', `/${id}`)).body.best.number, 4);
      assert.deepEqual(await claim('other', 2), [5]);
      assert.equal((await tell('other', [{ number: 5, accuracy: 52 }])).body.state, 'succeeded');
      const corrected = await tell('other', [{ number: 5, accuracy: 56, replace: true }]);
      assert.deepEqual([corrected.body.recorded, corrected.body.state], [[5], 'succeeded']);
      assert.equal((await followed(id)).at(-1)!.best!.number, 5);
      for (const accuracy of [101, 1e308, -1]) {
        assert.equal((await tell('other', [{ number: 5, accuracy, replace: true }])).status, 400);
      }
    });

    test('first accuracies that look like shares are refused with what was probably meant', async () => {
      const { id } = await started({ strategy: 'random', budget: 3, evaluator: { kind: 'ask-tell' } });
      let trials = [] as { number: number }[];
      while (trials.length < 3)
        trials = [...trials, ...(await ask('POST', `/${id}/ask`, { worker: 'w', count: 3 })).body.trials];
      const tell = (...results: object[]) => ask('POST', `/${id}/tell`, { worker: 'w', results });
      const refused = await tell({ number: 1, error: 'x' }, { number: 2, accuracy: 0.715 });
      assert.equal(refused.status, 400);
      const [{ field, message }] = refused.body.error.details;
      assert.equal(field, 'results.1.accuracy');
      assert.match(message, /accuracies are in percent; did you mean 71\.5 %\?/);
      assert.equal((await ask('GET', `/${id}`)).body.failed, 0, 'nothing of the request counts');
      // Chance among a thousand classes, and said to be that.
      assert.deepEqual((await tell({ number: 1, accuracy: 0.1, percent: true })).body.recorded, [1]);
      assert.deepEqual((await tell({ number: 2, accuracy: 0.2 })).body.recorded, [2]);
    });

    test('a search that is over goes on with a greater budget, by the plan of the first, and keeps its name', async () => {
      const evaluator = { kind: 'table', column: 'accuracy', csv: CSV };
      const options = { ...QUICK, samples: 100 };
      const asked = { name: 'first try', strategy: 'gcn', options, budget: 12, evaluator };
      const { id } = await started(asked);
      await followed(id);
      const refused = await ask('POST', `/${id}/extend`, { budget: 12 });
      assert.deepEqual([refused.status, refused.body.error.details[0].field], [400, 'budget']);
      for (const budget of [16, 20]) {
        const { status, body } = await ask('POST', `/${id}/extend`, { budget });
        assert.deepEqual([status, body.request.budget, body.request.plannedBudget], [202, budget, 12]);
        const last = (await followed(id)).at(-1)!;
        assert.deepEqual([last.state, last.trained, last.request.name], ['succeeded', budget, 'first try']);
      }
      const { points } = (await ask('GET', `/${id}`)).body as SearchAnswer;
      assert.equal(
        points.findLastIndex(({ reason }) => reason === 'random'),
        5,
        'half of 12',
      );
      assert.equal(new Set(points.map(({ architecture }) => architecture)).size, 20);
      const csv = (await app.inject('/v1/searches?format=csv')).body.split('\n');
      assert.match(csv[0], /^id,name,/);
      assert.match(csv[1], /,first try,/);
    });

    test('what trainers say beside the result is kept, but not read back', async () => {
      const { id } = await started({ strategy: 'random', budget: 1, evaluator: { kind: 'ask-tell' } });
      let [trial] = [] as { number: number }[];
      while (!trial) [trial] = (await ask('POST', `/${id}/ask`, { worker: 'w' })).body.trials;
      const nested = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
      const tell = (details: object) =>
        ask('POST', `/${id}/tell`, {
          worker: 'w',
          results: [{ number: trial.number, accuracy: 70, details }],
        });
      const deep = await tell(nested(2000));
      assert.deepEqual([deep.status, deep.body.error.code], [400, 'too_deep']);
      assert.deepEqual((await tell(nested(20))).body.recorded, [1]);
      assert.equal((await ask('GET', `/${id}`)).body.best.accuracy, 70);
    });

    test('a worker process trains with a command until the search is over', async () => {
      const url = await app.listen({ port: 0, host: '127.0.0.1' });
      const client = new TempographClient({ url });
      const { id } = await client.startSearch({
        space: 'nasbench201',
        strategy: 'random',
        budget: 4,
        evaluator: { kind: 'ask-tell' },
      });
      // Its accuracy is the length of the architecture's string; a string with a pooling in it is a failure.
      const script = `process.argv[1].includes('pool') ? process.exit(3) : console.log(JSON.stringify({accuracy: process.argv[1].length}))`;
      const file = join(folder, 'train.mjs');
      await writeFile(file, script.replaceAll('process.argv[1]', 'process.argv[2]'));
      const command = [process.execPath, file, '{arch}'].map((word) => `'${word}'`).join(' ');
      const args = ['search-worker', id, '--server', url, '--evaluator', command, '--parallel', '2'];
      const worker = spawn(process.execPath, [join(packageRoot, 'scripts/tempograph.mjs'), ...args]);
      const [said] = await Promise.all([text(worker.stdout), once(worker, 'close')]);
      const { state, points, trained } = await client.search(id);
      assert.deepEqual([state, trained], ['succeeded', 4]);
      for (const { architecture, accuracy, error } of points) {
        if (architecture.includes('pool')) assert.match(error!, /exit code 3/);
        else assert.equal(accuracy, architecture.length);
      }
      assert.match(said, /^4 networks trained/);
      const states = [];
      for await (const search of client.followSearch(id)) states.push(search.state);
      assert.deepEqual(states, ['succeeded']);
      assert.equal((await client.searches())[0].id, id);
      assert.equal((await client.cancelSearch(id)).state, 'succeeded');
    });

    test('a cancelled search gives out nothing, and still takes what is told', async () => {
      const { id } = await started({ strategy: 'random', budget: 3, evaluator: { kind: 'ask-tell' } });
      let [trial] = [] as { number: number }[];
      while (!trial) [trial] = (await ask('POST', `/${id}/ask`, { worker: 'w' })).body.trials;
      assert.equal((await ask('POST', `/${id}/cancel`)).body.state, 'cancelled');
      assert.deepEqual((await ask('POST', `/${id}/ask`, { worker: 'w' })).body.trials, []);
      await ask('POST', `/${id}/tell`, { worker: 'w', results: [{ number: trial.number, accuracy: 10 }] });
      const { body } = await ask('GET', `/${id}`);
      assert.deepEqual([body.state, body.trained], ['cancelled', 1]);
      assert.equal((await ask('POST', `/${id}/cancel`)).body.finishedAt, body.finishedAt);
    });

    test('what is wrong with a request is said, with the field', async () => {
      const ok = { space: space.name, budget: 5, evaluator: { kind: 'ask-tell' } };
      const table = (more: object) => ({ ...ok, evaluator: { kind: 'table', column: 'accuracy', ...more } });
      const cases: [object, number, string][] = [
        [{ ...ok, space: 'x' }, 400, 'space'],
        [{ ...ok, strategy: 'x' }, 400, 'strategy'],
        [{ ...ok, strategy: 'phase' }, 400, 'strategy'],
        [{ ...ok, options: { rounds: 'many' } }, 400, 'options'],
        [{ ...ok, options: { relation: 'foo' } }, 400, 'options'],
        [{ ...ok, options: { toString: 'x' } }, 400, 'options'],
        [{ ...ok, options: { relation: '\0' } }, 400, 'options'],
        [{ ...ok, budget: 0 }, 400, 'budget'],
        [{ ...ok, objective: 'pareto' }, 400, 'limits'],
        [{ ...ok, limits: [{ device: 'nobody', maxMs: 1 }] }, 404, 'limits.0.device'],
        [{ ...ok, limits: [{ device: 'fnas:nowhere', maxMs: 1 }] }, 404, 'limits.0.device'],
        [{ ...ok, limits: [{ device: 'x:/etc/passwd.json', maxMs: 1 }] }, 404, 'limits.0.device'],
        [{ ...ok, limits: [{ device: 'board' }] }, 400, 'limits.0.maxMs'],
        [{ ...ok, strategy: 'fnas' }, 400, 'limits$'],
        [{ ...ok, strategy: 'fnas', limits: [] }, 400, 'limits$'],
        [{ ...ok, strategy: 'nas', objective: 'pareto', limits: [{ device: 'board' }] }, 400, 'objective'],
        [table({}), 400, 'evaluator'],
        [table({ name: 'nobody' }), 404, 'evaluator.name'],
        [table({ name: '../secret' }), 400, 'evaluator'],
        [table({ csv: 'arch,other\n' }), 400, 'line 1'],
        [table({ csv: `arch,accuracy\n${space.example},much` }), 400, 'line 2, accuracy'],
        [table({ csv: 'arch,accuracy\n|x|,1' }), 400, 'line 2, arch'],
      ];
      for (const [body, status, field] of cases) {
        const answer = await ask('POST', '', body);
        assert.equal(answer.status, status, JSON.stringify([body, answer.body]));
        assert.match(
          answer.body.error.details[0].field,
          new RegExp(`^${field}`),
          JSON.stringify(answer.body),
        );
      }
      const unknown = '/00000000-0000-4000-8000-000000000000';
      for (const [method, path, body] of [
        ['GET', '', undefined],
        ['GET', '/events', undefined],
        ['POST', '/cancel', undefined],
        ['POST', '/extend', { budget: 9 }],
        ['POST', '/ask', { worker: 'w' }],
        ['POST', '/tell', { worker: 'w', results: [{ number: 1, accuracy: 1 }] }],
      ] as const) {
        const answer = await ask(method, unknown + path, body);
        assert.deepEqual([answer.status, answer.body.error.code], [404, 'unknown_search'], path);
      }
    });
  });
}
