/** The type of a tensor's elements: `float32`, `float16`, `float64`, `int64`, `int8`, `uint8`, `bool`, `string` … */
export type ElementType = string;

/** One tensor of a network, with all its dimensions: the batch is an ordinary one. */
export interface Tensor {
  readonly name: string;
  readonly type: ElementType;
  /** `[]` for a scalar. */
  readonly shape: readonly number[];
  /** Whether it is known before the network runs: a weight, an index, a shape. No node of the graph writes it. */
  readonly constant: boolean;
  /**
   * Row-major, integers and floats alike; only for constants of at most 1,024 elements whose values are in
   * the file.
   */
  readonly values?: readonly number[];
  /**
   * For a constant: the learned tensors of the file that it is made of, with their numbers of elements. A
   * transposed weight is made of the weight; shared weights are counted once by name.
   */
  readonly learned?: ReadonlyMap<string, number>;
  /** For a constant of integers whose elements were only moved: the constant of the file that it was. */
  readonly source?: string;
}

/** The value of a node's attribute; tensors and subgraphs are omitted. */
export type Attribute = number | string | readonly number[] | readonly string[];

/** An operation of the network. */
export interface TensorNode {
  /** Its name in the file, or its first output if it has none; unique in a graph. */
  readonly name: string;
  /** `''` is ONNX's own; `com.microsoft`, `com.microsoft.nchwc` … belong to runtimes. */
  readonly domain: string;
  /** ONNX's `op_type`: `Conv`. */
  readonly operator: string;
  /** Version of the operator set of its domain that the file imports. */
  readonly version: number;
  /** As written in the file, zeros included; all others have the operator's default. */
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** Names of tensors in the operator's order; `''` for one that is left out. */
  readonly inputs: readonly string[];
  /** Names of tensors in the operator's order; `''` for one that is left out. */
  readonly outputs: readonly string[];
}

/**
 * A network as described by its ONNX file: everything that leads to an output, with the type and full shape
 * of every tensor. Whatever depends on no input (shape arithmetic, transposed weights) is folded into
 * constants, functions are expanded, and an `If` with a constant condition is replaced by its branch.
 */
export interface TensorGraph {
  /** Each node comes after those that it reads. */
  readonly nodes: readonly TensorNode[];
  /** Every tensor that a node reads or writes, and every input and output. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Tensors to pass in when the network runs, in the file's order, without those that nothing reads. */
  readonly inputs: readonly string[];
  /** In the file's order. */
  readonly outputs: readonly string[];
  /** Notes for readers of a result: sizes chosen for dynamic dimensions, and what was left out. */
  readonly notes: readonly string[];
}

/** How to read an ONNX file. */
export interface OnnxReadOptions {
  /**
   * Dimensions by the name of an input (`images: [1, 3, 224, 224]`), the size by the name of a symbolic
   * dimension (`batch: 4`), or the value by the name of an input of one element (`sr: 16000`), on which a branch
   * may depend. Sizes given neither here nor in the file have defaults, which the graph's notes mention.
   */
  readonly sizes?: ReadonlyMap<string, number | readonly number[]>;
  /** Folder of the file, in which external data is looked for. */
  readonly folder?: string;
}

/** A tensor by its name. */
export function tensorOf(graph: TensorGraph, name: string): Tensor {
  const tensor = graph.tensors.get(name);
  if (tensor === undefined) throw new Error(`no tensor is named ${name}`);
  return tensor;
}
