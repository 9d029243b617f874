/** A tensor as a runtime sees it. */
export interface RuntimeTensor {
  /** All dimensions, the batch included; channels filled up to whole blocks where the layout is NCHWc. */
  readonly shape: readonly number[];
  /** `float32`, `float16`, `int64` … */
  readonly dtype: string;
  /** Known before the network runs: weights, shapes, axes. */
  readonly constant: boolean;
}

export type AttributeValue = number | string | readonly number[];

/** A node of the graph that a runtime executes, after its own rewriting. */
export interface RuntimeNode {
  readonly name: string;
  /** Operator, `Conv`, in its domain: empty for ONNX's own, `com.microsoft.nchwc` for blocked layouts. */
  readonly op: string;
  readonly domain: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** By position; undefined where an optional input is left out. */
  readonly inputs: readonly (RuntimeTensor | undefined)[];
  readonly outputs: readonly RuntimeTensor[];
}

/** Domain of onnxruntime's operators on blocks of channels. */
export const NCHWC = 'com.microsoft.nchwc';

const BYTES: Readonly<Record<string, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  uint64: 8,
  int32: 4,
  uint32: 4,
  int16: 2,
  uint16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};

export const elements = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1);

/** Bytes of a tensor; an element of unknown type has four. */
export const bytesOf = ({ shape, dtype }: RuntimeTensor): number => elements(shape) * (BYTES[dtype] ?? 4);

/** A whole-number attribute, or what it is where the node does not say. */
export function integer(node: RuntimeNode, name: string, otherwise = 0): number {
  const value = node.attributes[name];
  return typeof value === 'number' ? value : otherwise;
}

/** A list attribute, or what it is where the node does not say. */
export function integers(node: RuntimeNode, name: string): readonly number[] {
  const value = node.attributes[name];
  return Array.isArray(value) ? value : [];
}

export function text(node: RuntimeNode, name: string): string {
  const value = node.attributes[name];
  return typeof value === 'string' ? value : '';
}
