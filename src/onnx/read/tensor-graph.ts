/** The type of a tensor's elements: `float32`, `float16`, `float64`, `int64`, `int8`, `uint8`, `bool`, `string` … */
export type ElementType = string;

/** One tensor of a network, with all its dimensions: the batch is an ordinary one. */
export interface Tensor {
  readonly name: string;
  readonly type: ElementType;
  /** `[]` is a scalar. */
  readonly shape: readonly number[];
  /** Whether it is known before the network runs: a weight, an index, a shape. No node of the graph writes it. */
  readonly constant: boolean;
  /** Row-major; of constants of at most 1,024 elements whose values are in the file, integers and floats alike. */
  readonly values?: readonly number[];
  /**
   * Of a constant: the learned tensors of the file that it is made of, and how many elements each has. A transposed weight
   * is made of the weight, and what is shared is counted once by its name.
   */
  readonly learned?: ReadonlyMap<string, number>;
}

/** The value of a node's attribute; tensors and subgraphs are left out. */
export type Attribute = number | string | readonly number[] | readonly string[];

/** An operation of the network. */
export interface TensorNode {
  /** That of the file, else its first output; each once in a graph. */
  readonly name: string;
  /** `''` is ONNX's own; `com.microsoft`, `com.microsoft.nchwc` … are of runtimes. */
  readonly domain: string;
  /** ONNX's `op_type`: `Conv`. */
  readonly operator: string;
  /** Of the operator set of its domain that the file asks for. */
  readonly version: number;
  /** As written in the file, zeros too; what is not written has the operator's default. */
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** Names of tensors in the operator's order; `''` where one is left out. */
  readonly inputs: readonly string[];
  /** Names of tensors in the operator's order; `''` where one is left out. */
  readonly outputs: readonly string[];
}

/**
 * A network as its ONNX file says it: what leads to an output, with the type and full shape of every tensor. What
 * depends on no input (shape arithmetic, weights behind a Transpose) is folded into constants, functions are
 * written out, and an `If` whose condition is constant is its branch.
 */
export interface TensorGraph {
  /** Each behind those that it reads. */
  readonly nodes: readonly TensorNode[];
  /** Every tensor that a node reads or writes, and every input and output. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Tensors that are given when the network runs, in the file's order; without those that nothing reads. */
  readonly inputs: readonly string[];
  /** In the file's order. */
  readonly outputs: readonly string[];
  /** Sentences for the reader of a result: sizes that were chosen for dynamic ones, what was left out. */
  readonly notes: readonly string[];
}

/** How dynamic dimensions are settled. */
export interface OnnxReadOptions {
  /**
   * By name of an input its dimensions (`images: [1, 3, 224, 224]`), by name of a symbolic dimension its size
   * (`batch: 4`), by name of a scalar input its value (`sr: 16000`), on which a branch may depend. What is not named and not in the file gets a default, which the graph's notes say.
   */
  readonly sizes?: ReadonlyMap<string, number | readonly number[]>;
  /** Where the file lies: external data is looked for beside it. */
  readonly folder?: string;
}

/** A tensor by its name. */
export function tensorOf(graph: TensorGraph, name: string): Tensor {
  const tensor = graph.tensors.get(name);
  if (tensor === undefined) throw new Error(`no tensor is named ${name}`);
  return tensor;
}
