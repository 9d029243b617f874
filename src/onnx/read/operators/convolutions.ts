import type { Operator } from '../../../network/operator.js';
import { elements } from '../constants.js';
import { imagePadding, type NodeFacts, pairOf } from './node-facts.js';
import type { OperatorRow, OperatorRows } from './operator-row.js';

/** A convolution whose weight `[out channels, in channels / groups, …kernel]` and bias are these inputs. */
function convolution(weight: number, bias: number | undefined, rest: Partial<OperatorRow> = {}): OperatorRow {
  return {
    macs: (node) => {
      const outputs = elements(node.output.shape);
      const perOutput = elements(node.shape(weight).slice(1));
      return outputs * (perOutput + (bias !== undefined && node.has(bias) ? 1 : 0));
    },
    weights: bias === undefined ? [weight] : [weight, bias],
    misfit: (node) => {
      const [, channels] = node.shape(0);
      const [outChannels, perGroup, ...kernel] = node.shape(weight);
      const groups = node.int('group', 1);
      if (perGroup * groups !== channels) {
        return `its weight takes ${perGroup * groups} channels, and its input has ${channels}`;
      }
      if (outChannels % groups !== 0)
        return `its ${groups} groups do not divide ${outChannels} output channels`;
      const given = node.ints('kernel_shape', kernel);
      if (given.some((size, i) => size !== kernel[i])) {
        return `its kernel is [${given.join(', ')}], and that of its weight [${kernel.join(', ')}]`;
      }
      return undefined;
    },
    ...rest,
  };
}

const transposed: OperatorRow = {
  macs: (node) => {
    const [, perGroup, ...kernel] = node.shape(1);
    const products = elements(node.shape(0)) * perGroup * elements(kernel);
    return products + (node.has(2) ? elements(node.output.shape) : 0);
  },
  weights: [1, 2],
  misfit: (node) => {
    const [, channels] = node.shape(0);
    const [wanted] = node.shape(1);
    return wanted === channels
      ? undefined
      : `its weight takes ${wanted} channels, and its input has ${channels}`;
  },
  operator: (node) => {
    const weight = node.shape(1);
    const groups = node.int('group', 1);
    return image(node, (images) => ({
      kind: 'convTranspose2d',
      outChannels: weight[1] * groups,
      groups,
      bias: node.has(2),
      outputPadding: pairOf(node.ints('output_padding', [0, 0])) ?? [0, 0],
      ...images,
    }));
  },
};

export const CONVOLUTIONS: OperatorRows = {
  Conv: convolution(1, 2, {
    operator: (node) =>
      image(node, (images) => ({
        kind: 'conv2d',
        outChannels: node.shape(1)[0],
        groups: node.int('group', 1),
        bias: node.has(2),
        ...images,
      })),
  }),
  ConvTranspose: transposed,
  ConvInteger: convolution(1, undefined, { settings: [2, 3] }),
  QLinearConv: convolution(3, 8, { settings: [1, 2, 4, 5, 6, 7] }),
  DeformConv: { ...convolution(1, 3), macs: convolution(1, 3).macs },
};

/** Of onnxruntime's own domains; in blocks of channels the numbers are those that are computed. */
export const RUNTIME_CONVOLUTIONS: OperatorRows = {
  FusedConv: convolution(1, 2),
  Conv: convolution(1, 2, { misfit: undefined }),
};

type Images = Pick<Extract<Operator, { kind: 'conv2d' }>, 'kernel' | 'stride' | 'padding' | 'dilation'>;

/** A convolution of images with a constant weight and padding that is written out. */
function image(node: NodeFacts, make: (images: Images) => Operator): Operator | undefined {
  if (!node.isConstant(1) || node.shape(0).length !== 4) return undefined;
  const kernel = pairOf(node.ints('kernel_shape', node.shape(1).slice(2)));
  const padding = kernel && imagePadding(node.pads(kernel));
  const stride = pairOf(node.ints('strides', [1, 1]));
  const dilation = pairOf(node.ints('dilations', [1, 1]));
  return kernel && padding && stride && dilation ? make({ kernel, stride, padding, dilation }) : undefined;
}
