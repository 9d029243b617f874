import { elements } from '../../base/elements.js';
import { DataType, type GraphProto, type ModelProto, type TensorProto } from '../proto.js';

/** The values of a float32 weight, row-major; undefined for other types, and if they are left out. */
export function floatsOf({ dims, dataType, rawData, floatData }: TensorProto): Float32Array | undefined {
  if (dataType !== DataType.float) return undefined;
  const count = elements(dims);
  if (floatData && floatData.length === count && count > 0) return Float32Array.from(floatData);
  if (!rawData || rawData.byteLength !== 4 * count) return undefined;
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  return Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true));
}

/** A model's graph and all subgraphs of its nodes, each after the one that contains it. */
export function graphsOf({ graph }: Pick<ModelProto, 'graph'>): GraphProto[] {
  const within = (outer: GraphProto): GraphProto[] => [
    outer,
    ...outer.node.flatMap(({ attribute }) => attribute.flatMap(({ g }) => (g ? within(g) : []))),
  ];
  return within(graph);
}
