import { elements } from '../base/elements.js';
import { InputError, quote } from '../base/errors.js';
import { inputCountOf, misfit } from './attributes.js';
import type { Conv2d, ConvTranspose2d, Operator, Padding, Pair, Pool, Shape } from './operator.js';

/**
 * Shape of the tensor that an operator writes, from the shapes of those that it reads (all without batch).
 *
 * @param name of the operator, for errors
 * @throws InputError if the operator's attributes make no sense, or cannot be applied to such inputs
 */
export function inferShape(name: string, operator: Operator, inputs: readonly Shape[]): Shape {
  const fail = (problem: string) => new InputError(`operator ${quote(name)} (${operator.kind}): ${problem}`);
  const problem = misfit(operator);
  if (problem) throw fail(problem);
  const [least, most] = inputCountOf(operator.kind);
  if (inputs.length < least || inputs.length > most) {
    const wanted = least === most ? least : `at least ${least}`;
    throw fail(`it takes ${wanted} inputs, and has ${inputs.length}`);
  }
  return new Inference(fail).shape(operator, inputs);
}

const show = (shape: Shape) => `[${shape.join(', ')}]`;

/** The shape rules of all operators, for one node. */
class Inference {
  constructor(private readonly fail: (problem: string) => InputError) {}

  shape(operator: Operator, inputs: readonly Shape[]): Shape {
    const input = inputs[0];
    switch (operator.kind) {
      case 'input':
      case 'parameter':
        return operator.shape;
      case 'conv2d':
      case 'convTranspose2d':
        return this.convolution(operator, this.image(input));
      case 'maxPool':
      case 'avgPool':
        return this.pooling(operator, this.image(input));
      case 'globalAvgPool':
      case 'globalMaxPool':
        return [this.image(input)[0], 1, 1];
      case 'linear':
        this.atLeast(input, 1);
        return input.with(-1, operator.outFeatures);
      case 'layerNorm':
      case 'rmsNorm':
        return this.atLeast(input, operator.dimensions);
      case 'batchNorm':
        return this.atLeast(input, 1);
      case 'groupNorm':
        this.atLeast(input, 1);
        this.divides(operator.groups, input[0], 'channels');
        return input;
      case 'softmax':
        this.axis(operator.axis, input);
        return input;
      case 'reduceMean':
      case 'reduceSum':
      case 'reduceMax': {
        const { axes, keepDimensions } = operator;
        for (const axis of axes) this.axis(axis, input);
        return keepDimensions
          ? input.map((size, axis) => (axes.includes(axis) ? 1 : size))
          : input.filter((_, axis) => !axes.includes(axis));
      }
      case 'add':
      case 'mul':
      case 'subtract':
      case 'divide':
      case 'power':
      case 'maximum':
      case 'minimum':
        return inputs.reduce((shape, next) => this.broadcast(shape, next));
      case 'matmul':
        return this.matrixProduct(inputs[0], inputs[1]);
      case 'concat':
        return this.concatenation(operator.axis, inputs);
      case 'slice': {
        const { axis, start, end } = operator;
        this.axis(axis, input);
        if (end > input[axis]) {
          throw this.fail(`its part ${start} … ${end} reaches beyond dimension ${axis} of ${show(input)}`);
        }
        return input.with(axis, end - start);
      }
      case 'embedding':
        if (input.length !== 1) throw this.fail(`its input must be [tokens], not ${show(input)}`);
        return [input[0], operator.features];
      case 'reshape':
        if (elements(operator.shape) !== elements(input)) {
          throw this.fail(
            `${show(input)} has ${elements(input)} elements, ${show(operator.shape)} has ${elements(operator.shape)}`,
          );
        }
        return operator.shape;
      case 'flatten':
        return [elements(input)];
      case 'transpose':
        if (operator.permutation.length !== input.length) {
          throw this.fail(
            `its permutation has ${operator.permutation.length} dimensions, its input ${show(input)}`,
          );
        }
        return operator.permutation.map((dimension) => input[dimension]);
      case 'pad': {
        const [channels, height, width] = this.image(input);
        const [top, left, bottom, right] = operator.padding;
        return [channels, height + top + bottom, width + left + right];
      }
      case 'resize':
        return [this.image(input)[0], ...operator.size];
      case 'other':
        throw this.fail('its shape is known from a file only');
      default:
        return input;
    }
  }

  private image(shape: Shape): readonly [channels: number, height: number, width: number] {
    if (shape.length !== 3)
      throw this.fail(`its input must be [channels, height, width], not ${show(shape)}`);
    return [shape[0], shape[1], shape[2]];
  }

  private atLeast(shape: Shape, dimensions: number): Shape {
    if (shape.length < dimensions) {
      throw this.fail(`its input must have ${dimensions} or more dimensions; it has shape ${show(shape)}`);
    }
    return shape;
  }

  private axis(axis: number, shape: Shape): void {
    if (axis >= shape.length) throw this.fail(`${show(shape)} has no dimension ${axis}`);
  }

  private divides(groups: number, channels: number, what: string): void {
    if (channels % groups !== 0) throw this.fail(`its ${groups} groups do not divide ${channels} ${what}`);
  }

  private convolution(operator: Conv2d | ConvTranspose2d, [channels, height, width]: Shape): Shape {
    const { outChannels, kernel, dilation, stride, padding, groups } = operator;
    this.divides(groups, channels, 'input channels');
    this.divides(groups, outChannels, 'output channels');
    const covered = kernel.map((size, i) => dilation[i] * (size - 1) + 1);
    const size = [height, width].map((extent, i) => {
      const [before, after] = paddingAlong(padding, i);
      if (operator.kind === 'conv2d') {
        this.kernelFits(covered[i], before + extent + after, i);
        return Math.floor((before + extent + after - covered[i]) / stride[i]) + 1;
      }
      const written = (extent - 1) * stride[i] + covered[i] + operator.outputPadding[i] - before - after;
      if (written < 1) throw this.fail(`its padding leaves nothing of the ${AXES[i]}`);
      return written;
    });
    return [outChannels, ...size];
  }

  private pooling({ kernel, stride, padding, ceil }: Pool, [channels, height, width]: Shape): Shape {
    const size = [height, width].map((extent, i) => {
      const [before, after] = paddingAlong(padding, i);
      const padded = before + extent + after;
      this.kernelFits(kernel[i], padded, i);
      const steps = (padded - kernel[i]) / stride[i];
      if (!ceil) return Math.floor(steps) + 1;
      const windows = Math.ceil(steps) + 1;
      // A window that starts in the padding after the input would be empty, and is dropped (as in PyTorch and
      // ONNX).
      return (windows - 1) * stride[i] >= before + extent ? windows - 1 : windows;
    });
    return [channels, ...size];
  }

  private kernelFits(kernel: number, padded: number, i: number): void {
    if (kernel > padded) {
      throw this.fail(`its kernel covers ${kernel} of the ${AXES[i]}, and the padded input has ${padded}`);
    }
  }

  private broadcast(a: Shape, b: Shape): Shape {
    const rank = Math.max(a.length, b.length);
    return Array.from({ length: rank }, (_, i) => {
      const x = a[i - rank + a.length] ?? 1;
      const y = b[i - rank + b.length] ?? 1;
      if (x !== y && x !== 1 && y !== 1) {
        throw this.fail(`shapes ${show(a)} and ${show(b)} cannot be broadcast: ${x} is not ${y}`);
      }
      return x === 1 ? y : x;
    });
  }

  private matrixProduct(left: Shape, right: Shape): Shape {
    this.atLeast(left, 2);
    this.atLeast(right, 2);
    const [rows, inner] = left.slice(-2);
    const [rightRows, columns] = right.slice(-2);
    if (inner !== rightRows) {
      throw this.fail(
        `${show(left)} · ${show(right)}: ${inner} columns on the left, ${rightRows} rows on the right`,
      );
    }
    return [...this.broadcast(left.slice(0, -2), right.slice(0, -2)), rows, columns];
  }

  private concatenation(axis: number, inputs: readonly Shape[]): Shape {
    const [first] = inputs;
    this.axis(axis, first);
    for (const shape of inputs) {
      const fits = shape.length === first.length && shape.every((size, i) => i === axis || size === first[i]);
      if (!fits) {
        throw this.fail(
          `${show(first)} and ${show(shape)} differ outside dimension ${axis}, along which they are joined`,
        );
      }
    }
    return first.with(
      axis,
      inputs.reduce((sum, shape) => sum + shape[axis], 0),
    );
  }
}

const AXES = ['height', 'width'] as const;

/** Padding before and after the input in height (0) or width (1). */
function paddingAlong(padding: Padding, axis: number): Pair {
  return [padding[axis], padding[axis + 2]];
}
