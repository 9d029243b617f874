import {
  type AttributeProto,
  AttributeType,
  DataType,
  encodeModel,
  type GraphProto,
  type NodeProto,
  rawData,
  type TensorProto,
  type ValueInfoProto,
} from '../proto.js';

/** Opset of every model written: the newest whose reductions still have `axes` as an attribute. */
const OPSET = 17;
const IR_VERSION = 8;

export type WrittenAttribute = number | string | readonly number[] | { readonly float: number } | GraphProto;

/** A dimension of a graph's input or output: a number, or a name for a size that is known at run time. */
export type Dimension = number | string;

/**
 * Writes an ONNX graph node by node.
 *
 *     const g = new GraphBuilder('double');
 *     g.input('x', DataType.float, ['batch', 3]);
 *     g.output(g.node('Add', ['x', 'x']), DataType.float, ['batch', 3], 'y');
 *     await ort.InferenceSession.create(g.model({ producerVersion: '1.0' }));
 */
export class GraphBuilder {
  private readonly nodes: NodeProto[] = [];
  private readonly initializers: TensorProto[] = [];
  private readonly inputs: ValueInfoProto[] = [];
  private readonly outputs: ValueInfoProto[] = [];
  private readonly constants = new Map<string, string>();
  private names = 0;

  /** @param name also the prefix of generated value names, so a subgraph's must differ from its parent's */
  constructor(readonly name: string) {}

  input(name: string, type: DataType, shape: readonly Dimension[]): string {
    this.inputs.push(valueInfo(name, type, shape));
    return name;
  }

  /** Makes an existing value an output, optionally under another name. */
  output(value: string, type: DataType, shape: readonly Dimension[], name = value): string {
    if (name !== value)
      this.nodes.push({ opType: 'Identity', input: [value], output: [name], attribute: [] });
    this.outputs.push(valueInfo(name, type, shape));
    return name;
  }

  /** Appends a node with one output and returns that output's name. */
  node(opType: string, input: readonly string[], attributes: Record<string, WrittenAttribute> = {}): string {
    return this.nodeOutputs(opType, input, 1, attributes)[0];
  }

  /** Appends a node and returns the names of its outputs. */
  nodeOutputs(
    opType: string,
    input: readonly string[],
    outputs: number,
    attributes: Record<string, WrittenAttribute> = {},
  ): string[] {
    const output = Array.from({ length: outputs }, () => this.freshName(opType));
    this.namedNode(opType, input, output, attributes);
    return output;
  }

  /** Appends a node whose outputs have the given names. */
  namedNode(
    opType: string,
    input: readonly string[],
    output: readonly string[],
    attributes: Record<string, WrittenAttribute>,
  ) {
    this.nodes.push({
      opType,
      name: output[0],
      input: [...input],
      output: [...output],
      attribute: Object.entries(attributes).map(attribute),
    });
  }

  /** A float32 tensor. Equal small ones without a name are written only once. */
  floats(values: Float32Array | readonly number[], shape: readonly number[], name?: string): string {
    const data = values instanceof Float32Array ? values : Float32Array.from(values);
    return this.constant(DataType.float, rawData(data), shape, name);
  }

  /** A float32 constant of a formula, not learned. Equal ones are written only once. */
  scalar(value: number): string {
    const key = `scalar|${value}`;
    const known = this.constants.get(key) ?? this.node('Constant', [], { value_float: { float: value } });
    this.constants.set(key, known);
    return known;
  }

  /** An int64 tensor; a vector unless a shape is given. */
  ints(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.constant(DataType.int64, rawData(BigInt64Array.from(values, BigInt)), shape);
  }

  /** @param raw the tensor's little-endian bytes */
  constant(type: DataType, raw: Uint8Array, shape: readonly number[], name?: string): string {
    const key = raw.length <= 64 && !name ? `${type}|${shape}|${raw}` : undefined;
    const known = key && this.constants.get(key);
    if (known) return known;
    const fresh = name ?? this.freshName('const');
    this.initializers.push({ name: fresh, dims: [...shape], dataType: type, rawData: raw });
    if (key) this.constants.set(key, fresh);
    return fresh;
  }

  /** A float32 constant without values: the model cannot be run, but its structure is complete. */
  shapeOnly(name: string, shape: readonly number[]): string {
    this.initializers.push({ name, dims: [...shape], dataType: DataType.float });
    return name;
  }

  graph(): GraphProto {
    return {
      name: this.name,
      node: this.nodes,
      initializer: this.initializers,
      input: this.inputs,
      output: this.outputs,
    };
  }

  /** The bytes of the model file. */
  model(options: { producerVersion: string; metadata?: Record<string, string> }): Uint8Array {
    return encodeModel({
      irVersion: IR_VERSION,
      producerName: 'tempograph',
      producerVersion: options.producerVersion,
      opsetImport: [{ domain: '', version: OPSET }],
      graph: this.graph(),
      metadataProps: Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value })),
    });
  }

  private freshName(hint: string): string {
    return `${this.name}/${hint}_${this.names++}`;
  }
}

function valueInfo(name: string, type: DataType, shape: readonly Dimension[]): ValueInfoProto {
  const dim = shape.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d }));
  return { name, type: { tensorType: { elemType: type, shape: { dim } } } };
}

function attribute([name, value]: [string, WrittenAttribute]): AttributeProto {
  if (typeof value === 'number') return { name, type: AttributeType.int, i: value };
  if (typeof value === 'string')
    return { name, type: AttributeType.string, s: new TextEncoder().encode(value) };
  if (isIntegers(value)) return { name, type: AttributeType.ints, ints: [...value] };
  if ('float' in value) return { name, type: AttributeType.float, f: value.float };
  return { name, type: AttributeType.graph, g: value };
}

function isIntegers(value: WrittenAttribute): value is readonly number[] {
  return Array.isArray(value);
}
