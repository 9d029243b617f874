import { elements } from '../base/elements.js';
import type { GraphProto, ModelProto, NodeProto, TensorProto } from '../onnx/proto.js';
import { elementType, isFloat } from '../onnx/read/element-types.js';
import { floatsOf, graphsOf } from '../onnx/read/weights.js';
import { directionsOf, GATES, recurrenceMisfit, type Site, sitesOf } from './sites.js';

/** A matrix by which a model multiplies: x·W, or W·x for a left operand. */
export interface WeightMatrix {
  /** The tensor's name, with the direction if the tensor holds one matrix for each. */
  readonly name: string;
  /** The tensor that holds it. */
  readonly tensor: string;
  readonly part: Site['part'];
  /** For a recurrent matrix: the index of its direction in the layer. */
  readonly direction?: number;
  readonly rows: number;
  readonly columns: number;
  /** Whether the tensor holds its transpose. */
  readonly transposed: boolean;
  /** For a matrix that is known to be a product of factors: their rank. */
  readonly rank?: number;
  /** `[rows, columns]`, row-major. */
  readonly values: Float32Array;
}

/** A matrix that stays as it is. */
export interface LeftAlone {
  readonly name: string;
  readonly elements: number;
  readonly reason: string;
}

export interface FoundMatrices {
  readonly matrices: readonly WeightMatrix[];
  readonly leftAlone: readonly LeftAlone[];
  /** Number of floating-point constants of the whole model; sizes are shares of it. */
  readonly parameters: number;
}

/** Smaller matrices are left alone. */
const LEAST_ELEMENTS = 1024;
/** The lowest operator set in which a layer's recurrence can be written out. */
const LEAST_OPERATOR_SET = 11;

/** How a matrix is read. It must be read in the same way everywhere, or factors cannot replace it. */
interface Reading {
  readonly part: Site['part'];
  readonly transposed: boolean;
  readonly node: NodeProto;
}

/** The highest rank at which two factors are smaller than the matrix: r·(m + n) < m·n. */
export function breakEven(rows: number, columns: number): number {
  return Math.ceil((rows * columns) / (rows + columns)) - 1;
}

/** Every matrix of a model that factors could replace, in the order in which nodes read them. */
export function findMatrices(model: ModelProto): FoundMatrices {
  const graphs = graphsOf(model);
  const tensors = new Map(
    graphs.flatMap(({ initializer }) => initializer.map((tensor) => [tensor.name ?? '', tensor] as const)),
  );
  const aliases = aliasesOf(graphs, tensors);
  const readings = new Map<string, Reading[]>();
  const otherReaders = new Map<string, string>();
  for (const graph of graphs) {
    for (const node of graph.node) readNode(node);
    for (const { name } of graph.output) {
      const read = aliases.get(name);
      if (read) otherReaders.set(read.tensor, 'an output');
    }
  }
  const found: WeightMatrix[] = [];
  const leftAlone: LeftAlone[] = [];
  for (const [tensor, places] of readings) {
    const proto = tensors.get(tensor) as TensorProto;
    const refuse = (reason: string) =>
      leftAlone.push({ name: tensor, elements: elements(proto.dims), reason });
    const other = otherReaders.get(tensor);
    const misfit = misfitOf(proto, places, model);
    if (other !== undefined) refuse(`${other} reads it too`);
    else if (misfit !== undefined) refuse(misfit);
    else found.push(...matricesOf(tensor, proto, places[0]));
  }
  return { matrices: found, leftAlone, parameters: parametersOf(tensors.values()) };

  function readNode(node: NodeProto): void {
    const sites = sitesOf(node);
    for (const [position, name] of node.input.entries()) {
      const alias = aliases.get(name);
      if (!alias || isAlias(node)) continue;
      const site = sites.find((each) => each.position === position);
      const { dims } = tensors.get(alias.tensor) as TensorProto;
      // A product with a single matrix. Products of batches of matrices are a computation with learned
      // operands.
      const isMatrix = dims.length === (node.opType in GATES ? 3 : 2);
      if (!site || !isMatrix) {
        otherReaders.set(alias.tensor, node.opType);
        continue;
      }
      const { part } = site;
      const transposed = site.transposed !== alias.transposed;
      readings.set(alias.tensor, [...(readings.get(alias.tensor) ?? []), { part, transposed, node }]);
    }
  }
}

/** A name under which a constant is read: its own, or that of the output of nodes that pass it on or transpose it. */
export interface Alias {
  readonly tensor: string;
  readonly transposed: boolean;
}

export function aliasesOf(
  graphs: readonly GraphProto[],
  tensors: ReadonlyMap<string, TensorProto>,
): Map<string, Alias> {
  const aliases = new Map<string, Alias>();
  for (const [name, { dims, dataType }] of tensors) {
    if (dims.length >= 2 && isFloat(elementType(dataType)))
      aliases.set(name, { tensor: name, transposed: false });
  }
  for (const graph of graphs) {
    for (const node of graph.node) {
      const from = isAlias(node) ? aliases.get(node.input[0]) : undefined;
      if (!from) continue;
      const isMatrix = tensors.get(from.tensor)?.dims.length === 2;
      if (node.opType === 'Identity' || isMatrix) {
        const turned = node.opType === 'Transpose';
        aliases.set(node.output[0], { ...from, transposed: from.transposed !== turned });
      }
    }
  }
  return aliases;
}

/** Whether a node passes its input on unchanged or transposed. */
export function isAlias({ opType, domain, attribute }: NodeProto): boolean {
  if (domain && domain !== 'ai.onnx') return false;
  if (opType === 'Identity') return true;
  if (opType !== 'Transpose') return false;
  const order = attribute.find(({ name }) => name === 'perm')?.ints ?? [1, 0];
  return order.join() === '1,0';
}

/** How a node uses a matrix: in a product, or in one of the two products of a recurrent layer. */
const useOf = ({ part, node }: Reading) => (node.opType in GATES ? `${node.opType} ${part}` : 'product');

/** Why a tensor stays as it is; undefined if it can be replaced. */
function misfitOf(proto: TensorProto, places: readonly Reading[], model: ModelProto): string | undefined {
  const [first] = places;
  if (places.some((place) => useOf(place) !== useOf(first))) return 'it is read in different ways';
  if (places.some(({ transposed }) => transposed !== first.transposed)) return 'it is read both ways around';
  if (floatsOf(proto) === undefined) {
    const type = elementType(proto.dataType);
    return type === 'float32' ? 'its values are not in the file' : `it is ${type}, not float32`;
  }
  if (elements(proto.dims) < LEAST_ELEMENTS) return `it has fewer than ${LEAST_ELEMENTS} elements`;
  if (first.part !== 'recurrent') return undefined;
  const version = model.opsetImport.find(({ domain }) => !domain || domain === 'ai.onnx')?.version ?? 0;
  if (version < LEAST_OPERATOR_SET) return `operator set ${version} cannot write its recurrence out`;
  return places.map(({ node }) => recurrenceMisfit(node)).find((reason) => reason !== undefined);
}

/** The matrices that a tensor holds: one, or one per direction of a recurrence. */
function matricesOf(tensor: string, proto: TensorProto, { part, transposed, node }: Reading): WeightMatrix[] {
  const values = floatsOf(proto) as Float32Array;
  if (part === 'recurrent') {
    const [directions, gates, hidden] = proto.dims;
    const size = gates * hidden;
    return directionsOf(node).map((direction, i) => ({
      name: directions > 1 ? `${tensor}[${direction}]` : tensor,
      tensor,
      part,
      direction: i,
      rows: hidden,
      columns: gates,
      transposed,
      values: turned(values.subarray(i * size, (i + 1) * size), gates, hidden),
    }));
  }
  // Both directions' weights multiply the same input: they are one matrix, side by side.
  const [m, n] = part === 'input' ? [proto.dims[0] * proto.dims[1], proto.dims[2]] : proto.dims;
  const [rows, columns] = transposed ? [n, m] : [m, n];
  return [
    {
      name: tensor,
      tensor,
      part,
      rows,
      columns,
      transposed,
      values: transposed ? turned(values, m, n) : values,
    },
  ];
}

/** The transpose of `[rows, columns]`. */
export function turned(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j];
  }
  return result;
}

function parametersOf(tensors: Iterable<TensorProto>): number {
  let sum = 0;
  for (const { dims, dataType } of tensors) if (isFloat(elementType(dataType))) sum += elements(dims);
  return sum;
}
