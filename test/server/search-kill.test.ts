import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SearchAnswer } from '../../api/searches.js';
import { Random } from '../../src/base/random.js';
import { poolOf } from '../../src/search/pool.js';
import { runSearch } from '../../src/search/run.js';
import { architecturesOf } from '../../src/spaces/architectures.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201/space.js';
import { madeUpAccuracy, madeUpEvaluator, QUICK, searchWith } from '../search/made-up.js';
import { temporaryFolder } from '../temporary-folder.js';
import { KilledService } from './killed-service.js';

/** How often the service is killed at most; TEMPOGRAPH_KILLS sets it for a longer run. */
const KILLS = Number(process.env.TEMPOGRAPH_KILLS ?? 3);
const TABLE = [...architecturesOf(space)].filter((_, i) => i % 20 === 0);
const CSV = ['arch,accuracy', ...TABLE.map((a) => `${space.format(a)},${madeUpAccuracy(a)}`)].join('\n');

test('killed while it searches and while workers tell, the service comes to the result it would have come to', async (t) => {
  const folder = temporaryFolder();
  const [models, data] = [join(folder, 'models'), join(folder, 'data')];
  await mkdir(models);
  let service = KilledService.start(models, data);
  t.after(async () => {
    await service.kill();
  });
  const begin = async (strategy: string, budget: number, evaluator: object, options = {}) => {
    const body = { space: space.name, strategy, options, budget, evaluator };
    const { status, body: search } = await service.ask<SearchAnswer>('POST', '/v1/searches', body);
    assert.equal(status, 202, JSON.stringify(search));
    return search.id;
  };
  const table = await begin('brp', 40, { kind: 'table', column: 'accuracy', csv: CSV }, QUICK);
  const asked = await begin('evolution', 12, { kind: 'ask-tell' }, { population: 5, tournament: 2 });

  /** Trains what is asked until all is over, or the service is gone. */
  const work = async () => {
    for (;;) {
      const worker = { worker: 'w', count: 3, leaseSeconds: 1 };
      const { body } = await service.ask<{
        state: string;
        trials: { number: number; architecture: string }[];
      }>('POST', `/v1/searches/${asked}/ask`, worker);
      for (const { number, architecture } of body.trials) {
        const results = [{ number, accuracy: madeUpAccuracy(space.parse(architecture)) }];
        await service.ask('POST', `/v1/searches/${asked}/tell`, { worker: 'w', results });
      }
      const { body: other } = await service.ask<SearchAnswer>('GET', `/v1/searches/${table}`);
      if ([body.state, other.state].every((state) => !['queued', 'running'].includes(state))) return;
      await sleep(100);
    }
  };
  const random = new Random(1);
  for (let kill = 0; kill < KILLS; kill++) {
    const working = work();
    working.catch(() => {});
    await sleep(1000 + random.integer(2500));
    await service.kill();
    await working.catch(() => {});
    service = KilledService.start(models, data);
  }
  await work();

  const pool = poolOf(space, TABLE);
  const alone = searchWith('brp', { pool, budget: 40, options: QUICK });
  await runSearch(alone, madeUpEvaluator, { pool });
  const { body: found } = await service.ask<SearchAnswer>('GET', `/v1/searches/${table}`);
  assert.equal(found.state, 'succeeded', String(found.error));
  assert.deepEqual(
    found.points.map(({ architecture, accuracy }) => [architecture, accuracy]),
    alone.trials.map(({ candidate, outcome }) => [
      space.format(pool.architectures[candidate]),
      outcome && 'accuracy' in outcome ? outcome.accuracy : null,
    ]),
  );
  const { body: told } = await service.ask<SearchAnswer>('GET', `/v1/searches/${asked}`);
  assert.deepEqual([told.state, told.trained], ['succeeded', 12]);
});
