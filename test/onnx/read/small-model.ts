import { DataType, encodeModel, type NodeProto, type TensorProto } from '../../../src/onnx/proto.js';
import { GraphBuilder } from '../../../src/onnx/write/graph-builder.js';

/** `op inputs → outputs`: names apart by commas, an empty one left out; a domain in front as `com.microsoft:Gelu`. */
type Node = readonly [written: string, attributes?: Parameters<GraphBuilder['node']>[2]];

/** A model of few nodes, which is read and run alike. */
export interface SmallModel {
  readonly nodes: readonly Node[];
  /** Shapes of float inputs. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** Shapes of float constants, whose values are zeros. */
  readonly weights?: Readonly<Record<string, readonly number[]>>;
  readonly ints?: Readonly<Record<string, readonly number[]>>;
  readonly outputs: readonly string[];
  /** Operator set of ONNX; 17 by default. */
  readonly opset?: number;
  /** Constants that are written as they are. */
  readonly constants?: readonly TensorProto[];
}

/** Its file. Outputs have no type, which is inferred. */
export function smallModel(model: SmallModel): Uint8Array {
  const g = new GraphBuilder('g');
  const domains = new Set<string>();
  for (const [written, attributes = {}] of model.nodes) {
    const [, domain = '', operator, inputs, outputs] = NODE.exec(written) as RegExpExecArray;
    g.namedNode(operator, names(inputs), names(outputs), attributes);
    const node = g.graph().node.at(-1) as NodeProto;
    node.domain = domain;
    domains.add(domain);
  }
  for (const [name, shape] of Object.entries(model.inputs)) g.input(name, DataType.float, shape);
  for (const [name, shape] of Object.entries(model.weights ?? {}))
    g.floats(new Float32Array(shape.reduce((product, size) => product * size, 1)), shape, name);
  const graph = g.graph();
  for (const [name, values] of Object.entries(model.ints ?? {})) {
    graph.initializer.push({ name, dims: [values.length], dataType: DataType.int64, int64Data: [...values] });
  }
  graph.initializer.push(...(model.constants ?? []));
  return encodeModel({
    irVersion: 10,
    producerName: '',
    producerVersion: '',
    opsetImport: [
      { domain: '', version: model.opset ?? 17 },
      ...[...domains].filter((domain) => domain !== '').map((domain) => ({ domain, version: 1 })),
    ],
    graph: { ...graph, output: model.outputs.map((name) => ({ name })) },
    metadataProps: [],
  });
}

const NODE = /^(?:(\S+):)?(\w+) (\S*) → (\S+)$/;

const names = (list: string): string[] => (list === '' ? [] : list.split(','));
