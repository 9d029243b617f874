import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../server/app.js';
import { numbered } from '../../server/spaces/numbered.js';
import { packageRoot } from '../../src/base/package-root.js';
import { declaredSpace } from '../../src/spaces/declared/declared-space.js';
import type { SpaceFile } from '../../src/spaces/declared/space-file.js';
import { temporaryFolder } from '../temporary-folder.js';

const TINY = JSON.parse(
  readFileSync(join(packageRoot, 'examples', 'spaces', 'tiny.json'), 'utf8'),
) as SpaceFile;
const [IMAGE, , HEAD] = TINY.blocks!;
const between = (block: object) => ({ blocks: [IMAGE, { name: 'x', ...block }, HEAD] });
const pairs = (count: number) =>
  Array.from({ length: count }, (_, k) => ({ name: `s${k}`, options: ['0', '1'] }));

/** 131,072 combinations, none of which any of the hundred sums forbids. */
const SLOW = {
  slots: pairs(17),
  blocks: undefined,
  forbidden: Array.from({ length: 100 }, (_, k) => ({
    when: `${pairs(17)
      .map(({ name }) => name)
      .join('+')} == ${100 + k}`,
    why: 'never',
  })),
};

describe('spaces that were made to do harm', () => {
  let app: FastifyInstance;
  before(async () => {
    const folder = temporaryFolder();
    app = await buildApp({
      models: join(folder, 'models'),
      data: join(folder, 'data'),
      runJobs: false,
      logLevel: 'silent',
    });
  });
  after(() => app.close());

  async function refused(change: object, reason: RegExp): Promise<void> {
    const payload = { ...TINY, name: 'other', ...change };
    const { statusCode, body } = await app.inject({ method: 'POST', url: '/v1/spaces', payload });
    assert.ok([400, 422].includes(statusCode), body);
    assert.match(JSON.parse(body).error.message, reason);
  }

  test('names that every object has are names of nothing', async () => {
    const when = (text: string) => ({ forbidden: [{ when: text, why: 'x' }] });
    await refused(when('constructor(1) == 1'), /is not a function; there are min/);
    await refused(when('toString == 1'), /names \\"toString\\"|names "toString"/);
    await refused(
      between({ operators: { by: "'constructor'", of: { a: [] } } }),
      /no operators for "constructor"/,
    );
    await refused(between({ operators: [{ kind: 'constructor' }] }), /there is no such kind of operator/);
    const slots = [...TINY.slots, { name: '__proto__', options: ['1', '2'] }];
    const payload = { ...TINY, name: 'proto', slots };
    const { statusCode, body } = await app.inject({ method: 'POST', url: '/v1/spaces', payload });
    assert.equal(statusCode, 200, body);
    assert.equal(JSON.parse(body).size, 144, 'as twice the options have it');
  });

  test('operators of no kind, and without what theirs has, are no networks', async () => {
    await refused(
      between({ operators: [{ kind: 'conv2D' }] }),
      /no such kind of operator; kinds are .*conv2d/,
    );
    await refused(between({ operators: [{ kind: 'groupNorm' }] }), /groups is not given/);
    await refused(
      between({ operators: [{ kind: 'pad', padding: [1, 1] }] }),
      /padding is \[1,1\]; it must be four numbers/,
    );
  });

  test('what is too deep, too long or endless is refused', async () => {
    const when = (text: string) => ({ forbidden: [{ when: text, why: 'x' }] });
    await refused(when(`${'('.repeat(2000)}1${')'.repeat(2000)}`), /^\/forbidden\/0: "\(.* is too deep/);
    await refused(when(new Array(10_000).fill('width').join('+')), /at most 5000 are read/);
    await refused(
      between({ for: { i: [0, 1_000_000_000] }, operators: [{ kind: 'relu' }] }),
      /up to 1000000002 blocks; at most 1000 are read/,
    );
  });

  test('one whose architectures take long to number is refused', async () => {
    await refused(SLOW, /numbering its architectures takes more than the 2000 ms/);
  });

  test('others have their turn while a space is numbered', async () => {
    const space = declaredSpace({ ...TINY, name: 'pairs', slots: pairs(13), blocks: undefined });
    let turns = 0;
    let done = false;
    const look = () => {
      turns++;
      if (!done) setImmediate(look);
    };
    setImmediate(look);
    await numbered(space);
    done = true;
    assert.ok(turns > 10, `${turns}`);
    assert.equal(space.size, 2 ** 13);
    assert.equal(space.indexOf(space.at(77)), 77);
  });
});
