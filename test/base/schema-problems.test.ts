import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TSchema, Type } from '#typebox';
import { Errors } from '#typebox/schema';
import { schemaProblems } from '../../src/base/schema-problems.js';

const Request = Type.Object(
  {
    promote: Type.Union([Type.Literal('always'), Type.Literal('never')]),
    loss: Type.Enum(['l1', 'mse', 'huber']),
    format: Type.Literal('tempograph/1'),
    seed: Type.Union([Type.Integer(), Type.Null()]),
    evaluator: Type.Union([
      Type.Object({ kind: Type.Literal('ask') }, { additionalProperties: false }),
      Type.Object({ kind: Type.Literal('table'), column: Type.String() }, { additionalProperties: false }),
    ]),
  },
  { additionalProperties: false },
);
const RIGHT = {
  promote: 'never',
  loss: 'l1',
  format: 'tempograph/1',
  seed: null,
  evaluator: { kind: 'ask' },
};

const problemsOf = (changed: object) =>
  schemaProblems(Errors(Request, { ...RIGHT, ...changed })[1]).map(({ path, problem }) =>
    `${path} ${problem}`.trim(),
  );

test('a problem says what would be right', () => {
  const cases: [object, string[]][] = [
    [{ promote: 'later' }, ['/promote must be "always" or "never"']],
    [{ loss: 'l2' }, ['/loss must be "l1", "mse" or "huber"']],
    [{ format: 2 }, ['/format must be "tempograph/1"']],
    [{ seed: 'one' }, ['/seed must be integer or null']],
    [{ sede: 1 }, ['must not have additional properties (sede)']],
  ];
  for (const [changed, problems] of cases) assert.deepEqual(problemsOf(changed), problems);
});

test('properties that should not be there are told of, however many there are', () => {
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`extra${i}`, i]));
  assert.equal(problemsOf(many)[0], '/extra0 must not be there');
});

test('of objects that a constant tells apart only the one that is meant is told of', () => {
  const evaluator = { kind: 'table', column: 3 };
  assert.deepEqual(problemsOf({ evaluator }), ['/evaluator/column must be string']);
  const unknown = { kind: 'oracle', column: 'top1' };
  assert.deepEqual(problemsOf({ evaluator: unknown }), ['/evaluator/kind must be "ask" or "table"']);
});

test('of a union of types the one that the value has is told of, to any depth', () => {
  const Range = Type.Union([Type.String(), Type.Array(Type.Union([Type.Integer(), Type.String()]))]);
  const told = (value: unknown, schema: TSchema) =>
    schemaProblems(Errors(schema, value)[1]).map(({ path, problem }) => `${path} ${problem}`.trim());
  assert.deepEqual(told([2, 1.5], Range), ['/1 must be integer or string']);
  const List = Type.Union([Type.Array(Type.Integer(), { maxItems: 2 }), Type.Object({ by: Type.String() })]);
  assert.deepEqual(told([1, 2, 3], List), ['must not have more than 2 items']);
  assert.deepEqual(told({ by: 1 }, List), ['/by must be string']);
  assert.deepEqual(told(5, List), ['must be array or object']);
});

test('of closed objects the one that may have the given properties is told of, each problem once', () => {
  const closed = { additionalProperties: false };
  const name = Type.String({ pattern: '^a' });
  const Runs = Type.Union([
    Type.Object(
      { name, simulator: Type.String(), runs: Type.Optional(Type.Integer({ minimum: 20 })) },
      closed,
    ),
    Type.Object({ name, csv: Type.String(), inputs: Type.Array(Type.String()) }, closed),
  ]);
  const told = (value: unknown) =>
    schemaProblems(Errors(Runs, value)[1]).map(({ path, problem }) => `${path} ${problem}`.trim());
  assert.deepEqual(told({ name: 'a', simulator: 's', runs: 5 }), ['/runs must be >= 20']);
  assert.deepEqual(told({ name: 'b', simulator: 's' }), ['/name must match pattern "^a"']);
  assert.deepEqual(told({ name: 'a', csv: '1' }), ['must have required properties inputs']);
  assert.deepEqual(told({ name: 'a' }), ['must have required properties simulator; or csv, inputs']);
});

test('whatever is wrong, something is told, wherever the eight errors are cut', () => {
  const odd = Object.fromEntries(['', ' ', 'a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => [name, 0]));
  for (const kind of ['ask', 'table', 'oracle', undefined]) {
    const [, errors] = Errors(Request, { ...RIGHT, seed: 'one', evaluator: { kind, ...odd } });
    for (let from = 0; from < errors.length; from++) {
      for (let to = from + 1; to <= errors.length; to++) {
        assert.ok(schemaProblems(errors.slice(from, to)).length > 0, `${kind} ${from} ${to}`);
      }
    }
  }
});
