import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { declaredSpace } from '../../../src/spaces/declared/declared-space.js';
import { expression } from '../../../src/spaces/declared/expression.js';
import type { SpaceFile } from '../../../src/spaces/declared/space-file.js';
import { spaceNamed } from '../../../src/spaces/registry.js';
import { temporaryFolder } from '../../temporary-folder.js';

const IMAGE = { name: 'image', operators: [{ kind: 'input', shape: [3, 8, 8] }] };
const SLOTS: SpaceFile['slots'] = [
  { name: 'op', options: ['conv', 'skip'] },
  { name: 'k', options: ['1', '3'], count: 3 },
];
const space = (change: Partial<Record<keyof SpaceFile, unknown>>) =>
  declaredSpace({
    format: 'tempograph-space/1',
    name: 'mine',
    description: '',
    slots: SLOTS,
    ...change,
  } as SpaceFile);
/** With a block between the image and the end. */
const between = (block: object) => ({
  blocks: [IMAGE, { name: 'x', operators: [{ kind: 'relu' }], ...block }],
});

test('an expression that few architectures come to is read when the file is', () => {
  const by = { by: 'op', of: { conv: [{ kind: 'relu' }], skip: [{ kind: 'pad', padding: '=wdth' }] } };
  const wrong: [object, RegExp][] = [
    [
      between({ operators: by }),
      /field \/blocks\/1\/operators\/of\/skip\/0\/padding: "wdth" names "wdth"; known are op, k/,
    ],
    [between({ operators: { ...by, by: 'opp' } }), /field \/blocks\/1\/operators\/by: "opp" names "opp"/],
    [between({ when: "op == 'skip' && nosuch" }), /field \/blocks\/1\/when: .* names "nosuch"/],
    [between({ name: 'x{n}' }), /field \/blocks\/1\/name: "n" names "n"/],
    [
      between({ inputs: ['image', { block: 'n{m}', for: { m: [0, 'z'] } }] }),
      /field \/blocks\/1\/inputs\/1: "z" names/,
    ],
    [between({ inputs: [{ block: 'image', when: 'm' }] }), /field \/blocks\/1\/inputs\/0: "m" names "m"/],
    [
      { forbidden: [{ when: "op == 'skip' && nosuch == 1", why: '' }] },
      /field \/forbidden\/0: .* names "nosuch"/,
    ],
    [{ define: { a: 'b', b: 'a' } }, /field \/define\/a: "b" names "b"; known are op, k/],
    [
      { slots: [...SLOTS, { name: 'late', options: ['1'], active: 'k[0] == 1' }] },
      /field \/slots\/2\/active: .*; known are op, late, i/,
    ],
  ];
  for (const [change, message] of wrong) assert.throws(() => space(change), message);
  assert.ok(
    space(between({ name: 'x{n}', for: { n: 'k' }, operators: [{ kind: 'pad', padding: '=k[n]' }] })),
  );
});

test('names are those of one thing', () => {
  const taken = (slots: object[], message: RegExp) => assert.throws(() => space({ slots }), message);
  taken([...SLOTS, { name: 'k2', options: ['1'] }], /field \/slots\/2: "k2" is taken; choose another name/);
  taken([{ name: 'k2', options: ['1'] }, ...SLOTS], /field \/slots\/2: "k2" is taken/);
  taken([{ name: 'i', options: ['1'] }], /"i" means something else in expressions/);
  taken([{ name: 'true', options: ['1'] }], /"true" means something else/);
  assert.throws(() => space({ define: { op: '1' } }), /field \/define\/op: "op" is taken/);
});

test('what is too much is said before it is made', () => {
  const many = [0, 1, 2].map((n) => ({ name: `row${n}_`, options: ['1', '2'], count: 400 }));
  assert.throws(() => space({ slots: many }), /field \/slots\/2: there are more than 1000 slots up to here/);
  assert.throws(
    () => space(between({ for: { n: [0, 1e9] }, name: 'x{n}' })),
    /field \/blocks: .* up to 1000000001 blocks/,
  );
  const loop = (to: unknown) => between({ inputs: ['image', { block: 'image', for: { m: [0, to] } }] });
  assert.throws(() => space(loop('1000000000')), /goes from 0 up to 1000000000; .* at most 1000 times/);
  assert.throws(
    () => space(loop('op')),
    /goes from 0 up to "(conv|skip)"; a loop goes from one whole number/,
  );
  assert.throws(() => space(loop('1 / 2')), /up to 0.5/);
});

test('text is compared, and not reckoned with; a text that is a number is one, as an option is', () => {
  assert.equal(expression("k == '3'")({ k: 3 }), true);
  assert.equal(expression("op == 'conv'")({ op: 'conv' }), true);
  for (const text of ['op + 1', '-op', 'max(1, op)', 'list[op]', '2 * list']) {
    const run = expression(text);
    assert.throws(() => run({ op: 'conv', list: [1, 2] }), /computes with .*, which is not a number/, text);
  }
});

test('signs before signs are read so deep, and no deeper', () => {
  assert.equal(expression(`${'!'.repeat(200)}1`)({}), true);
  for (const sign of ['!', '-']) {
    assert.throws(() => expression(`${sign.repeat(4000)}1`), /is too deep/);
  }
});

test('a slot or a block may have a name that every object has', () => {
  const slots = [
    { name: 'constructor', options: ['1', '2'] },
    { name: 'toString', options: ['1', '2'] },
  ];
  for (const own of [
    space({ slots }),
    space({ slots, blocks: [IMAGE, { name: 'valueOf', operators: [] }] }),
  ]) {
    const { nodes, features } = own.graph;
    const encoded = new Float32Array(nodes * features.length);
    own.encode(own.parse('1/2'), encoded, new Float32Array(nodes * nodes), 0);
    assert.ok(encoded.every(Number.isFinite), `${encoded}`);
  }
});

test('what is no network is said of the file, not when it is used', () => {
  const file = join(temporaryFolder(), 'space.json');
  const wrong = (change: object, message: RegExp) => {
    writeFileSync(file, `\ufeff${JSON.stringify({ ...space(between({})).file, ...change })}`);
    assert.throws(() => spaceNamed(file), message);
  };
  const conv = { kind: 'conv2d', outChannels: 1e300 };
  wrong(
    between({ operators: [conv] }),
    /space.json: operator "x.conv2d0" .*outChannels is 1e\+300; .*below 2\^53/,
  );
  wrong(
    { blocks: [{ name: 'x', operators: [{ kind: 'relu' }] }] },
    /field \/blocks: no path leads from an operator of kind input/,
  );
  wrong(between({ name: '{'.repeat(50_000) }), /\/blocks\/1\/name: must not have more than 200 characters/);
  wrong({ slots: [{ name: 'k', options: [null] }] }, /\/slots\/0\/options\/0: must be string, not null$/);
  wrong({ name: 'mnasnet' }, /field \/name: "mnasnet" is the name of a space that ships/);
});
