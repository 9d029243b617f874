import type { Operator, OperatorKind } from './operator.js';

/** What an attribute of an operator has to be, whatever its inputs. */
const NATURAL = { test: (n: number) => Number.isInteger(n) && n >= 0, wanted: 'integers from 0' };
const POSITIVE = { test: (n: number) => Number.isInteger(n) && n >= 1, wanted: 'integers from 1' };

const RULES: Readonly<Record<string, typeof NATURAL>> = {
  shape: POSITIVE,
  learned: NATURAL,
  outChannels: POSITIVE,
  outFeatures: POSITIVE,
  kernel: POSITIVE,
  stride: POSITIVE,
  dilation: POSITIVE,
  groups: POSITIVE,
  padding: NATURAL,
  outputPadding: NATURAL,
  dimensions: POSITIVE,
  axis: NATURAL,
  axes: NATURAL,
  start: NATURAL,
  end: POSITIVE,
  vocabulary: POSITIVE,
  features: POSITIVE,
  permutation: NATURAL,
  size: POSITIVE,
};

/** What is wrong with an operator's own attributes, or undefined if nothing is. */
export function misfit(operator: Operator): string | undefined {
  for (const attribute in operator) {
    const rule = RULES[attribute];
    if (rule === undefined) continue;
    const value = operator[attribute as keyof Operator] as unknown as number | readonly number[];
    if (!(Array.isArray(value) ? value.every(rule.test) : rule.test(value as number))) {
      return `${attribute} is ${JSON.stringify(value)}; it must be made of ${rule.wanted}`;
    }
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

/** How many tensors an operator of this kind reads. */
export function inputCountOf(kind: OperatorKind): readonly [least: number, most: number] {
  return INPUT_COUNTS.get(kind) ?? [1, 1];
}
