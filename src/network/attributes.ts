import { ELEMENTWISE_KINDS, type Elementwise, type Operator, type OperatorKind } from './operator.js';

/** A condition for the value of an attribute, whatever the operator's inputs. */
interface Rule {
  readonly test: (n: number) => boolean;
  readonly wanted: string;
  /** The form of the value: one number, a list of any length, or a list of 2 or 4. */
  readonly count: 'one' | 'any' | 2 | 4;
}

const NATURAL = {
  test: (n: number) => Number.isSafeInteger(n) && n >= 0,
  wanted: 'integers from 0, below 2^53',
};
const POSITIVE = {
  test: (n: number) => Number.isSafeInteger(n) && n >= 1,
  wanted: 'integers from 1, below 2^53',
};

const RULES = new Map<string, Rule>([
  ['shape', { ...POSITIVE, count: 'any' }],
  ['learned', { ...NATURAL, count: 'one' }],
  ['outChannels', { ...POSITIVE, count: 'one' }],
  ['outFeatures', { ...POSITIVE, count: 'one' }],
  ['kernel', { ...POSITIVE, count: 2 }],
  ['stride', { ...POSITIVE, count: 2 }],
  ['dilation', { ...POSITIVE, count: 2 }],
  ['groups', { ...POSITIVE, count: 'one' }],
  ['padding', { ...NATURAL, count: 4 }],
  ['outputPadding', { ...NATURAL, count: 2 }],
  ['dimensions', { ...POSITIVE, count: 'one' }],
  ['axis', { ...NATURAL, count: 'one' }],
  ['axes', { ...NATURAL, count: 'any' }],
  ['start', { ...NATURAL, count: 'one' }],
  ['end', { ...POSITIVE, count: 'one' }],
  ['vocabulary', { ...POSITIVE, count: 'one' }],
  ['features', { ...POSITIVE, count: 'one' }],
  ['permutation', { ...NATURAL, count: 'any' }],
  ['size', { ...POSITIVE, count: 2 }],
]);

const CONVOLUTION = ['outChannels', 'kernel', 'stride', 'padding', 'dilation', 'groups'];
const POOL = ['kernel', 'stride', 'padding'];

/** Every kind of operator, with its required attributes. */
const NEEDED = new Map<string, readonly string[]>([
  ...ELEMENTWISE_KINDS.map((kind) => [kind, []] as const),
  ...Object.entries({
    input: ['shape'],
    parameter: ['shape'],
    conv2d: CONVOLUTION,
    convTranspose2d: [...CONVOLUTION, 'outputPadding'],
    linear: ['outFeatures'],
    batchNorm: [],
    groupNorm: ['groups'],
    layerNorm: ['dimensions'],
    rmsNorm: ['dimensions'],
    softmax: ['axis'],
    maxPool: POOL,
    avgPool: POOL,
    globalAvgPool: [],
    globalMaxPool: [],
    reduceMean: ['axes'],
    reduceSum: ['axes'],
    reduceMax: ['axes'],
    add: [],
    mul: [],
    subtract: [],
    divide: [],
    power: [],
    maximum: [],
    minimum: [],
    matmul: [],
    concat: ['axis'],
    slice: ['axis', 'start', 'end'],
    embedding: ['vocabulary', 'features'],
    reshape: ['shape'],
    transpose: ['permutation'],
    pad: ['padding'],
    resize: ['size'],
    other: ['operator'],
    flatten: [],
    identity: [],
    zeroize: [],
    output: [],
  } satisfies Record<Exclude<OperatorKind, Elementwise['kind']>, readonly string[]>),
]);

/** Optional attributes. */
const MORE = new Map<string, readonly string[]>([
  ['parameter', ['learned']],
  ['conv2d', ['bias']],
  ['convTranspose2d', ['bias']],
  ['linear', ['bias']],
  ['maxPool', ['ceil']],
  ['avgPool', ['ceil']],
  ['reduceMean', ['keepDimensions']],
  ['reduceSum', ['keepDimensions']],
  ['reduceMax', ['keepDimensions']],
]);

/** What is wrong with an operator by itself; undefined if nothing is. */
export function misfit(operator: Operator): string | undefined {
  const needed = NEEDED.get(operator.kind);
  if (!needed) return `there is no such kind of operator; kinds are ${[...NEEDED.keys()].join(', ')}`;
  const missing = needed.find((attribute) => operator[attribute as keyof Operator] === undefined);
  if (missing !== undefined) return `${missing} is not given`;
  const known = [...needed, ...(MORE.get(operator.kind) ?? [])];
  const strange = Object.keys(operator).find((name) => name !== 'kind' && !known.includes(name));
  if (strange !== undefined) {
    return `it has no attribute ${JSON.stringify(strange)}; it has ${known.join(', ') || 'none'}`;
  }
  for (const [attribute, value] of Object.entries(operator)) {
    const rule = RULES.get(attribute);
    if (rule === undefined || value === undefined) continue;
    const values: readonly number[] = Array.isArray(value) ? value : [value];
    if (!values.every(rule.test)) {
      return `${attribute} is ${JSON.stringify(value)}; it must be made of ${rule.wanted}`;
    }
    const { count } = rule;
    const isSo = count === 'one' ? !Array.isArray(value) : Array.isArray(value);
    if (isSo && (typeof count === 'string' || values.length === count)) continue;
    const form = { one: 'one number', any: 'a list of numbers', 2: 'two numbers', 4: 'four numbers' }[count];
    return `${attribute} is ${JSON.stringify(value)}; it must be ${form}`;
  }
  if (operator.kind === 'slice' && operator.start >= operator.end) {
    return `its part ${operator.start} … ${operator.end} is empty`;
  }
  if (operator.kind === 'transpose') {
    const sorted = operator.permutation.toSorted((a, b) => a - b);
    if (sorted.some((dimension, i) => dimension !== i)) {
      return `[${operator.permutation.join(', ')}] is not a permutation of dimensions 0 … ${sorted.length - 1}`;
    }
  }
  return undefined;
}

const MANY = Number.POSITIVE_INFINITY;
const INPUT_COUNTS = new Map<OperatorKind, readonly [least: number, most: number]>([
  ['input', [0, 0]],
  ['parameter', [0, 0]],
  ['add', [2, MANY]],
  ['mul', [2, MANY]],
  ['maximum', [2, MANY]],
  ['minimum', [2, MANY]],
  ['concat', [1, MANY]],
  ['other', [0, MANY]],
  ['subtract', [2, 2]],
  ['divide', [2, 2]],
  ['power', [2, 2]],
  ['matmul', [2, 2]],
]);

/** The number of tensors that an operator of this kind reads. */
export function inputCountOf(kind: OperatorKind): readonly [least: number, most: number] {
  return INPUT_COUNTS.get(kind) ?? [1, 1];
}
