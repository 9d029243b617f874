import type { Operator, Padding, Pair } from '../../network/operator.js';
import type { OperatorTemplate } from './space-file.js';

/** Unchecked attributes: whether they make an operator is checked when it is added to a network. */
type Attributes = Readonly<Record<string, unknown>>;

/**
 * The operator of a template whose expressions have been evaluated. Adds what may be omitted: a single number
 * where two or four are equal, and defaults of convolutions, pools and linear layers.
 */
export function operatorOf({ name: _, inputs: __, ...template }: OperatorTemplate): Operator {
  return { ...template, ...completed(template) } as unknown as Operator;
}

function completed(given: Attributes): Attributes {
  const { stride = 1, groups = 1, bias = false, outputPadding = 0 } = given;
  switch (given.kind) {
    case 'conv2d':
    case 'convTranspose2d': {
      const kernel = pair(given.kernel ?? 1);
      const dilation = pair(given.dilation ?? 1);
      const window = { kernel, dilation, stride: pair(stride), padding: paddingOf(given, kernel, dilation) };
      const transposed = given.kind === 'convTranspose2d' && { outputPadding: pair(outputPadding) };
      return { ...window, groups, bias, ...transposed };
    }
    case 'maxPool':
    case 'avgPool': {
      const kernel = pair(given.kernel);
      return {
        kernel,
        stride: pair(stride),
        padding: paddingOf(given, kernel, [1, 1]),
        ceil: given.ceil ?? false,
      };
    }
    case 'pad':
      return { padding: sides(given.padding) };
    case 'linear':
      return { bias: given.bias ?? true };
    default:
      return {};
  }
}

const pair = (value: unknown): unknown =>
  typeof value === 'number' ? ([value, value] satisfies Pair) : value;

const sides = (value: unknown): unknown =>
  typeof value === 'number' ? ([value, value, value, value] satisfies Padding) : value;

/** By default half of what a window covers beyond its first element: odd kernels with stride 1 keep the size. */
function paddingOf({ padding }: Attributes, kernel: unknown, dilation: unknown): unknown {
  if (padding !== undefined) return sides(padding);
  if (!isPair(kernel) || !isPair(dilation)) return undefined;
  const [vertical, horizontal] = kernel.map((size, i) => Math.floor((dilation[i] * (size - 1)) / 2));
  return [vertical, horizontal, vertical, horizontal] satisfies Padding;
}

function isPair(value: unknown): value is Pair {
  return Array.isArray(value) && value.length === 2 && value.every((each) => typeof each === 'number');
}
