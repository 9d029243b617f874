import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { metricNamed } from '../../src/metrics/metric.js';
import { frontOf } from '../../src/search/objective.js';
import { prepareSearch } from '../../src/search/setup.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';

const energy = metricNamed('energy');

/** Fifty cells; latency rises, energy falls, and the accuracy rises with their positions. */
function files() {
  const folder = temporaryFolder();
  const cells = Array.from({ length: 200 }, (_, i) => space.at(i))
    .filter((cell) => space.isConnected(cell) && space.classOf(cell) !== '')
    .slice(0, 50);
  const rows = (of: (i: number) => string) =>
    cells.map((cell, i) => `${space.format(cell)},${of(i)}\n`).join('');
  writeFileSync(`${folder}/acc.csv`, `arch,top\n${rows((i) => String(50 + i / 10))}`);
  writeFileSync(
    `${folder}/m.csv`,
    `arch,board_ms,board_mj,board_fps\n${rows((i) => `${10 + i},${100 - i},${99 - i}`)}`,
  );
  return { accuracy: `${folder}/acc.csv:top`, latency: `${folder}/m.csv`, space, seed: 1 };
}

test('latency and energy limits hold together', async () => {
  const { pool, limits, described } = await prepareSearch({
    ...files(),
    objective: 'accuracy',
    device: ['board'],
    maxLatency: [40],
    limits: [{ device: 'board', metric: energy, bound: 80 }],
  });
  const name = 'energy of board in mJ';
  assert.deepEqual(limits, { board: 40, [name]: 80 });
  assert.ok(pool.size > 0 && pool.size < 50);
  assert.ok(pool.costs.board.every((ms) => ms <= 40));
  assert.ok(pool.costs[name].every((mj) => mj <= 80));
  assert.match(JSON.stringify(described), /"metric":"energy","unit":"mJ","most":80/);
});

test('a device may have an energy limit alone, and a front three axes', async () => {
  const given = files();
  const alone = await prepareSearch({
    ...given,
    objective: 'accuracy',
    device: ['board'],
    limits: [{ device: 'board', metric: energy, bound: 60 }],
  });
  assert.deepEqual(Object.keys(alone.pool.costs), ['energy of board in mJ']);
  const { pool } = await prepareSearch({
    ...given,
    objective: 'pareto',
    device: ['board'],
    limits: [{ device: 'board', metric: energy }],
  });
  assert.deepEqual(Object.keys(pool.costs), ['board', 'energy of board in mJ']);
  const trained = pool.architectures.map((_, candidate) => ({
    number: candidate + 1,
    round: 0,
    candidate,
    reason: '',
    outcome: { accuracy: 70 },
  }));
  // At equal accuracy, what is faster takes more energy: nothing dominates anything.
  assert.equal(frontOf(pool, trained).front.length, pool.size);
});

test('a limit that no network keeps is refused with the least there is', async () => {
  const impossible = prepareSearch({
    ...files(),
    objective: 'accuracy',
    limits: [{ device: 'board', metric: energy, bound: 1 }],
  });
  await assert.rejects(
    impossible,
    /no network keeps within 1 mJ of energy on board, where the least is \d+\.\d+ mJ/,
  );
});

test('of what more is better a limit is the least, and a front has the most of it', async () => {
  const given = files();
  const throughput = metricNamed('throughput');
  const limited = await prepareSearch({
    ...given,
    objective: 'accuracy',
    limits: [{ device: 'board', metric: throughput, bound: 20 }],
  });
  const name = 'throughput of board in 1/s (more is better)';
  assert.deepEqual(limited.limits, { [name]: 20 });
  assert.ok(limited.pool.size > 0 && limited.pool.size < 50);
  assert.ok(limited.pool.costs[name].every((rate) => rate >= 20));
  assert.match(JSON.stringify(limited.described), /"metric":"throughput","unit":"1\/s","least":20/);
  const { load } = limited.pool.unlimited!;
  assert.equal(load.filter((share) => share <= 1).length, limited.pool.size);
  const front = await prepareSearch({
    ...given,
    objective: 'pareto',
    limits: [
      { device: 'board', metric: throughput },
      { device: 'board', metric: energy },
    ],
  });
  const { pool } = front;
  const trained = pool.architectures.map((_, candidate) => ({
    number: candidate + 1,
    round: 0,
    candidate,
    reason: '',
    outcome: { accuracy: 70 },
  }));
  // Both fall together: what is faster takes more energy.
  assert.equal(frontOf(pool, trained).front.length, pool.size);
  const alone = pool.restrictedTo(() => true, { [name]: pool.costs[name] });
  const [fastest, ...others] = frontOf(alone, trained).front;
  assert.deepEqual([pool.costs[name][fastest.candidate], others.length], [Math.max(...pool.costs[name]), 0]);
  const impossible = prepareSearch({
    ...given,
    objective: 'accuracy',
    limits: [{ device: 'board', metric: throughput, bound: 1000 }],
  });
  await assert.rejects(
    impossible,
    /no network has at least 1000 1\/s of throughput on board, where the most is 99\.000 1\/s/,
  );
});
