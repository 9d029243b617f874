import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { Random } from '../../../src/base/random.js';
import { totalCost } from '../../../src/network/cost.js';
import { declaredSpace } from '../../../src/spaces/declared/declared-space.js';
import { expression } from '../../../src/spaces/declared/expression.js';
import { readSpaceFile } from '../../../src/spaces/declared/space-files.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { assertEncodesItsGraph } from '../checks.js';

const example = (name: string) =>
  readSpaceFile(new URL(`../../../../examples/spaces/${name}`, import.meta.url).pathname);

describe('expressions', () => {
  for (const [text, value] of [
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 4 - 3', 3],
    ['7 % 4 + 9 / 3', 6],
    ['w > 3 && k == 5 ? 10 : 20', 10],
    ["op == 'skip' || false", true],
    ['list[1] + list[i]', 5],
    ['max(list) + min(2, 3) + sum(list)', 11],
    ['-w + 1', -3],
    ['!(w == 4)', false],
    ['ceil(w / 3) + floor(2.9) + round(0.5)', 5],
  ] as const) {
    test(text, () => {
      assert.equal(expression(text)({ w: 4, k: 5, op: 'skip', list: [1, 2, 3], i: 2 }), value);
    });
  }

  test('what cannot be read, or is not known, is named with its place', () => {
    assert.throws(() => expression('1 +'), /"1 \+": "" ends too early/);
    assert.throws(() => expression('a $ b'), /"\$ b" is not understood/);
    assert.throws(() => expression('exec(1)'), /is not a function; there are min, max/);
    assert.throws(() => expression('width')({ w: 1 }), /names "width"; known are w/);
    assert.throws(() => expression('toString')({ w: 1 }), /names "toString"; known are w/);
    assert.throws(() => expression('constructor(w)'), /is not a function/);
    assert.throws(() => expression('list[3]')({ list: [1] }), /has no element 3/);
  });
});

describe('NAS-Bench-101-like cells, as a file', () => {
  const space = example('nasbench101-like.json');

  test('a cell of the paper’s form becomes a network', () => {
    const random = new Random(3);
    let connected = 0;
    for (let i = 0; i < 60; i++) {
      const cell = space.sample(random);
      assert.deepEqual(space.parse(space.format(cell)), cell);
      if (!space.isConnected(cell)) continue;
      connected++;
      const network = space.toNetwork(cell);
      assert.equal(totalCost(network).macs, space.macs(cell), space.format(cell));
      assertEncodesItsGraph(space, [cell]);
    }
    assert.ok(connected > 10, `${connected} connected`);
  });

  test('an operation that leads nowhere changes nothing', () => {
    // Only the path input → node 0 → output is alive; what node 1 does is all the same.
    const text = (dead: string) => `conv3x3-${dead}-pool/1-0-0-0-0-0-0-1-0-0`;
    const [a, b] = ['conv1x1', 'pool'].map((dead) => space.parse(text(dead)));
    assert.equal(space.classOf(a), space.classOf(b));
    assert.equal(space.macs(a), space.macs(b));
    assert.notEqual(space.format(a), space.format(b));
  });
});

describe('a graph-network space of four nodes, as a file', () => {
  const space = example('graph-network.json');

  test('it has 9⁴ operations times 1·2·3·4 links', () => {
    assert.equal(space.size, 9 ** 4 * 24);
    const last = space.at(space.size - 1);
    assert.equal(space.indexOf(last), space.size - 1);
    assert.equal(space.neighbours(last).length, 4 * 8 + 1 + 2 + 3);
  });

  test('links decide what reads what', () => {
    const chain = space.parse('gcn-gcn-gcn-gcn/in/n0/n1/n2');
    const star = space.parse('gcn-gcn-gcn-gcn/in/in/in/in');
    assert.equal(totalCost(space.toNetwork(chain)).macs, space.macs(chain));
    assert.notEqual(space.classOf(chain), space.classOf(star));
    // In the star only the node that the head reads is alive.
    assert.ok(space.macs(star) < space.macs(chain));
  });
});

test('a space of slots alone can be learned of, and says that it has no network', () => {
  const space = declaredSpace({
    format: 'tempograph-space/1',
    name: 'slots-only',
    description: 'knobs',
    slots: [
      { name: 'tile', options: ['8', '16', '32'] },
      { name: 'unroll', options: ['1', '2'], count: 3 },
    ],
    forbidden: [{ when: 'tile == 8 && unroll[0] == 2', why: 'tiles of 8 are not unrolled' }],
  });
  assert.equal(space.size, 3 * 8 - 4);
  assert.throws(() => space.parse('8/2-1-1'), /tiles of 8 are not unrolled/);
  assert.deepEqual(space.units(space.parse('16/2-1-2')), ['tile=16', 'unroll0=2', 'unroll1=1', 'unroll2=2']);
  assertEncodesItsGraph(space, [space.parse('16/2-1-2')]);
  assert.throws(() => space.toNetwork(space.at(0)), /declares no blocks/);
});

test('windows may be given by one number, two, or in part; dilation and rounding up count', () => {
  const shapeOf = (operator: object) => {
    const space = declaredSpace({
      format: 'tempograph-space/1',
      name: 'windows',
      description: 'One operator',
      slots: [{ name: 'only', options: ['one'] }],
      blocks: [
        { name: 'in', operators: [{ kind: 'input', shape: [4, 32, 32] } as { kind: string }] },
        { name: 'block', operators: [operator as { kind: string }] },
      ],
    });
    const network = space.toNetwork(space.parse('one'));
    const [name] = network.names().filter((each) => each.startsWith('block'));
    return { shape: network.shape(name), ...network.operator(name) };
  };
  const conv = { kind: 'conv2d', outChannels: 8 };
  const rows: [object, number[], object?][] = [
    [
      { ...conv, kernel: 3 },
      [8, 32, 32],
      { padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1, bias: false },
    ],
    [{ ...conv, kernel: 3, dilation: 2 }, [8, 32, 32], { padding: [2, 2, 2, 2], dilation: [2, 2] }],
    [{ ...conv, kernel: 3, padding: 0 }, [8, 30, 30]],
    [{ ...conv, kernel: [3, 1] }, [8, 32, 32], { padding: [1, 0, 1, 0] }],
    [{ ...conv, kernel: 3, stride: [2, 1] }, [8, 16, 32]],
    [{ ...conv, kernel: 4, stride: 4 }, [8, 8, 8]],
    [{ ...conv, kind: 'convTranspose2d', kernel: 3, stride: 2, outputPadding: 1 }, [8, 64, 64]],
    [{ kind: 'maxPool', kernel: 3, stride: 2 }, [4, 16, 16]],
    [{ kind: 'maxPool', kernel: 3, stride: 2, padding: 0 }, [4, 15, 15]],
    [{ kind: 'maxPool', kernel: 3, stride: 2, padding: 0, ceil: true }, [4, 16, 16]],
    [{ kind: 'avgPool', kernel: [3, 3], padding: [0, 0, 0, 0] }, [4, 30, 30]],
    [{ kind: 'pad', padding: 1 }, [4, 34, 34]],
  ];
  for (const [operator, shape, attributes] of rows) {
    const found = shapeOf(operator);
    assert.deepEqual(found.shape, shape, JSON.stringify(operator));
    assert.deepEqual({ ...found, ...attributes }, found, JSON.stringify(operator));
  }
  assert.throws(() => shapeOf({ kind: 'maxPool' }), /kernel is not given/);
  assert.throws(() => shapeOf({ kind: 'conv2d', outChannels: 8, kernal: 3 }), /has no attribute "kernal"/);
  assert.throws(() => shapeOf({ kind: 'maxPool', kernel: 2, dilation: 2 }), /has no attribute "dilation"/);
});

test('what is wrong with a file is named with its place', () => {
  const folder = temporaryFolder();
  const wrong = (change: object, ...parts: RegExp[]) => {
    const file = `${folder}/${Math.random()}.json`;
    const whole = {
      format: 'tempograph-space/1',
      name: 'mine',
      description: '',
      slots: [{ name: 'k', options: ['3', '5'] }],
      ...change,
    };
    writeFileSync(file, JSON.stringify(whole));
    for (const part of parts) assert.throws(() => readSpaceFile(file), part);
  };
  wrong({ slots: [] }, /field \/slots/);
  wrong(
    {
      slots: [
        { name: 'k', options: ['3'] },
        { name: 'k', options: ['3'] },
      ],
    },
    /"k" is taken; choose another name/,
    /\/slots\/1/,
  );
  wrong({ slots: [{ name: 'k', options: ['3'], active: 'j +' }] }, /\/slots\/0\/active/, /ends too early/);
  wrong(
    { blocks: [{ name: 'a', inputs: ['b'], operators: [] }] },
    /reads "b", which is not a block before it/,
    /\/blocks\/0/,
  );
  wrong({ blocks: [{ name: 'a', operators: [{ kind: 'input', shape: ['=w'] }] }] }, /names "w"; known are k/);
  wrong({ colour: 1 }, /colour/);
});

test('the guide’s first space is the example, and has as many networks as it says', async () => {
  const root = new URL('../../../../', import.meta.url).pathname;
  const guide = await readFile(`${root}docs/guides/your-own-space.md`, 'utf8');
  const [, shown] = /```json\n(\{\n {2}"format[\s\S]*?\n\})\n```/.exec(guide)!;
  assert.deepEqual(JSON.parse(shown), JSON.parse(await readFile(`${root}examples/spaces/tiny.json`, 'utf8')));
  const space = example('tiny.json');
  assert.equal(space.size, 72);
  // 3×3 convolutions on 16×16 maps, stride 2 first, then the head, each with biases as the product counts them.
  const macs = 256 * 9 * (3 * 32 + 32 * 32) + 256 * 25 * 32 * 32 + 32 * 10 + 10;
  assert.equal(space.macs(space.parse('32/3/3-3-5')), macs);
});
