import { elements } from '../../../base/elements.js';
import type { Padding, Pair } from '../../../network/operator.js';
import { type Attribute, type Tensor, type TensorGraph, type TensorNode, tensorOf } from '../tensor-graph.js';

/**
 * A node with its inputs and outputs. Shapes are full: the batch is an ordinary dimension. Operators of
 * `src/network` are for a single one of the `batch` inputs, without the batch dimension.
 */
export class NodeFacts {
  constructor(
    readonly graph: TensorGraph,
    readonly node: TensorNode,
    readonly batch = 1,
  ) {}

  withoutBatch(shape: readonly number[]): readonly number[] {
    return withoutBatch(shape, this.batch);
  }

  /**
   * Converts an axis of a full shape, which may count from the end, to one of the shape without the batch; -1
   * is the batch.
   */
  axisOf(axis: number, shape: readonly number[]): number {
    const front = axis < 0 ? axis + shape.length : axis;
    return shape[0] === this.batch ? front - 1 : front;
  }

  /** Undefined if the input is left out. */
  input(position: number): Tensor | undefined {
    const name = this.node.inputs[position];
    return name ? tensorOf(this.graph, name) : undefined;
  }

  /** An output is undefined if it is left out. */
  get outputs(): (Tensor | undefined)[] {
    return this.node.outputs.map((name) => (name ? tensorOf(this.graph, name) : undefined));
  }

  /** The first output that is not left out. */
  get output(): Tensor {
    return this.outputs.find((output) => output !== undefined) as Tensor;
  }

  /** Shape of an input; `[]` if it is left out. */
  shape(position: number): readonly number[] {
    return this.input(position)?.shape ?? [];
  }

  has(position: number): boolean {
    return this.input(position) !== undefined;
  }

  isConstant(position: number): boolean {
    return this.input(position)?.constant === true;
  }

  values(position: number): readonly number[] | undefined {
    return this.input(position)?.values;
  }

  int(name: string, usual: number): number {
    const value = this.attribute(name);
    return typeof value === 'number' ? value : usual;
  }

  ints(name: string, usual: readonly number[]): readonly number[] {
    const value = this.attribute(name);
    return Array.isArray(value) && value.length > 0 ? (value as readonly number[]) : usual;
  }

  text(name: string, usual: string): string {
    const value = this.attribute(name);
    return typeof value === 'string' && value !== '' ? value : usual;
  }

  /** Axes from an attribute or, in newer operator sets, from an input; undefined if none are given. */
  axes(input: number): readonly number[] | undefined {
    const value = this.attribute('axes');
    if (Array.isArray(value)) return value as readonly number[];
    return this.values(input);
  }

  /** Padding per spatial dimension, before and after: from the attribute, or derived from `auto_pad`. */
  pads(kernel: readonly number[]): readonly (readonly [before: number, behind: number])[] {
    const spatial = this.shape(0).slice(2);
    const auto = this.text('auto_pad', 'NOTSET');
    if (auto === 'VALID') return spatial.map(() => [0, 0]);
    if (auto === 'NOTSET') {
      const pads = this.ints('pads', []);
      return spatial.map((_, i) => [pads[i] ?? 0, pads[i + spatial.length] ?? 0]);
    }
    const strides = this.ints('strides', []);
    const dilations = this.ints('dilations', []);
    return spatial.map((size, i) => {
      const stride = strides[i] ?? 1;
      const reach = (dilations[i] ?? 1) * (kernel[i] - 1) + 1;
      const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
      const before = auto === 'SAME_LOWER' ? Math.ceil(total / 2) : Math.floor(total / 2);
      return [before, total - before];
    });
  }

  private attribute(name: string): Attribute | undefined {
    return this.node.attributes.get(name);
  }
}

/** Whether a shape can be broadcast to another one, as in NumPy. */
export function broadcasts(shape: readonly number[], to: readonly number[]): boolean {
  const from = to.length - shape.length;
  return from >= 0 && shape.every((size, i) => size === 1 || size === to[from + i]);
}

/**
 * What is wrong with an input that must be `[count]`, or left out.
 *
 * @param of what it must have one number for each of
 */
export function vectorMisfit(
  node: NodeFacts,
  input: number,
  what: string,
  count: number,
  of: string,
): string | undefined {
  const shape = node.shape(input);
  if (!node.has(input) || (shape.length === 1 && shape[0] === count)) return undefined;
  return `its ${what} is [${shape.join(', ')}], and it has ${of}`;
}

/** Whether a window is larger than its (non-empty) input, so that the output would be empty. */
export function fitsNowhere(node: NodeFacts, kernel: readonly number[]): boolean {
  const shape = node.shape(0);
  if (elements(shape) === 0) return false;
  const dilations = node.ints('dilations', []);
  const isTooLarge = node.pads(kernel).some(([before, behind], i) => {
    const reach = (dilations[i] ?? 1) * (kernel[i] - 1) + 1;
    return reach > shape[i + 2] + before + behind;
  });
  return isTooLarge || elements(node.output.shape) === 0;
}

/** `[top, left, bottom, right]` for images; undefined unless there are two dimensions. */
export function imagePadding(pads: ReturnType<NodeFacts['pads']>): Padding | undefined {
  if (pads.length !== 2) return undefined;
  const [[top, bottom], [left, right]] = pads;
  return [top, left, bottom, right];
}

/** A pair for images; undefined unless there are two dimensions. */
export function pairOf(values: readonly number[]): Pair | undefined {
  return values.length === 2 ? [values[0], values[1]] : undefined;
}

/**
 * The shape for a single input. Windows cut from an image may be merged into the batch dimension, and stay; a
 * batch behind the steps of a sequence becomes 1, as in `[steps, batch, features]` or `[steps, directions, batch,
 * features]`.
 */
export function withoutBatch(shape: readonly number[], batch: number): readonly number[] {
  const [first, ...rest] = shape;
  if (first === batch) return rest;
  if (first !== undefined && first % batch === 0) return [first / batch, ...rest];
  const axis = first === 1 ? -1 : shape.indexOf(batch);
  return axis >= 1 && axis <= 2 && axis < shape.length - 1 ? shape.with(axis, 1) : shape;
}
