import { elements } from '../../../base/elements.js';
import type { Operator } from '../../../network/operator.js';
import { fitsNowhere, imagePadding, type NodeFacts, pairOf, vectorMisfit } from './node-facts.js';
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
      if (
        node.text('auto_pad', 'NOTSET').startsWith('SAME') &&
        node.ints('dilations', []).some((by) => by > 1)
      ) {
        return 'onnxruntime does not pad a dilated convolution by itself; write its pads out';
      }
      if (fitsNowhere(node, kernel)) {
        return `its kernel [${kernel.join(', ')}] is larger than its input [${node.shape(0).slice(2).join(', ')}]`;
      }
      return bias === undefined ? undefined : biasMisfit(node, bias, outChannels);
    },
    ...rest,
  };
}

function biasMisfit(node: NodeFacts, input: number, outChannels: number): string | undefined {
  return vectorMisfit(node, input, 'bias', outChannels, `${outChannels} output channels`);
}

/**
 * Products of a transposed convolution: each input element is multiplied by a kernel for each output channel
 * of its group.
 */
const scattered = (node: NodeFacts): number => elements(node.shape(0)) * elements(node.shape(1).slice(1));

/** A convolution of the output has to have the size of the input. */
function outputMisfit(node: NodeFacts, kernel: readonly number[]): string | undefined {
  if (elements(node.output.shape) === 0 && elements(node.shape(0)) > 0) return 'its output would be empty';
  const [strides, dilations] = [node.ints('strides', []), node.ints('dilations', [])];
  const extra = node.ints('output_padding', []);
  const wrong = extra.find((size, i) => size >= (strides[i] ?? 1));
  if (wrong) return `its output padding ${wrong} is not below its stride`;
  const [inputs, outputs] = [node.shape(0).slice(2), node.output.shape.slice(2)];
  const fits = kernel.every((size, i) => {
    const stride = strides[i] ?? 1;
    const reach = (dilations[i] ?? 1) * (size - 1) + 1;
    const most = (inputs[i] - 1) * stride + (extra[i] ?? 0) + reach;
    return Math.floor((Math.max(most, outputs[i]) - reach) / stride) + 1 === inputs[i];
  });
  return fits
    ? undefined
    : `its output [${outputs.join(', ')}] cannot come from its input [${inputs.join(', ')}]`;
}

const transposed: OperatorRow = {
  macs: (node) => scattered(node) + (node.has(2) ? elements(node.output.shape) : 0),
  weights: [1, 2],
  misfit: (node) => {
    const [, channels] = node.shape(0);
    const [wanted, perGroup] = node.shape(1);
    const groups = node.int('group', 1);
    if (wanted !== channels) return `its weight takes ${wanted} channels, and its input has ${channels}`;
    if (channels % groups !== 0) return `its ${groups} groups do not divide ${channels} channels`;
    const kernel = node.shape(1).slice(2);
    const given = node.ints('kernel_shape', kernel);
    if (given.join() !== kernel.join())
      return `its kernel is [${given.join(', ')}], and that of its weight [${kernel.join(', ')}]`;
    return outputMisfit(node, kernel) ?? biasMisfit(node, 2, perGroup * groups);
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

const quantised = convolution(3, 8, { settings: [1, 2, 4, 5, 6, 7] });

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
  QLinearConv: {
    ...quantised,
    misfit: (node) => {
      const outChannels = node.shape(3)[0];
      const wrong = [4, 5].find((input) => ![1, outChannels].includes(elements(node.shape(input))));
      if (wrong === undefined) return quantised.misfit?.(node);
      const what = wrong === 4 ? 'scales' : 'zero points';
      return `its weight has ${elements(node.shape(wrong))} ${what} for ${outChannels} output channels`;
    },
  },
  DeformConv: { ...convolution(1, 3), macs: convolution(1, 3).macs },
};

/**
 * Operators of onnxruntime's own domains. In blocks of channels, the padded numbers count, because they are
 * computed.
 */
export const RUNTIME_CONVOLUTIONS: OperatorRows = {
  FusedConv: convolution(1, 2),
  NhwcFusedConv: convolution(1, 2, { misfit: undefined }),
  Conv: convolution(1, 2, { misfit: undefined }),
  QLinearConv: { ...quantised, misfit: undefined },
  ConvTransposeWithDynamicPads: {
    ...transposed,
    macs: (node) => scattered(node) + (node.has(3) ? elements(node.output.shape) : 0),
    weights: [1, 3],
    settings: [2],
    misfit: undefined,
    operator: undefined,
  },
};

type Images = Pick<Extract<Operator, { kind: 'conv2d' }>, 'kernel' | 'stride' | 'padding' | 'dilation'>;

/** A convolution of images with a constant weight and explicit padding. */
function image(node: NodeFacts, make: (images: Images) => Operator): Operator | undefined {
  if (!node.isConstant(1) || node.shape(0).length !== 4) return undefined;
  const kernel = pairOf(node.ints('kernel_shape', node.shape(1).slice(2)));
  const padding = kernel && imagePadding(node.pads(kernel));
  const stride = pairOf(node.ints('strides', [1, 1]));
  const dilation = pairOf(node.ints('dilations', [1, 1]));
  return kernel && padding && stride && dilation ? make({ kernel, stride, padding, dilation }) : undefined;
}
