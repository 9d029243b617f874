import { decodeModel, encodeModel, type ModelProto, rawData } from '../onnx/proto.js';
import { floatsOf, graphsOf } from '../onnx/read/weights.js';
import { productOf } from './factors.js';
import type { Replacement } from './node-writer.js';
import { turned } from './weight-matrices.js';

/** The model in which each matrix that has factors is replaced by their product, in the same place and layout. */
export function withProducts(model: ModelProto, replacements: readonly Replacement[]): ModelProto {
  const copy = decodeModel(encodeModel(model));
  const tensors = new Map(
    graphsOf(copy).flatMap(({ initializer }) => initializer.map((tensor) => [tensor.name, tensor] as const)),
  );
  for (const { matrix, factors } of replacements) {
    const tensor = factors && tensors.get(matrix.tensor);
    if (!tensor) continue;
    const { rows, columns, transposed, direction = 0 } = matrix;
    const product = productOf(factors, rows, columns);
    const values = floatsOf(tensor) as Float32Array;
    values.set(transposed ? turned(product, rows, columns) : product, direction * rows * columns);
    tensor.rawData = rawData(values);
    tensor.floatData = [];
  }
  return copy;
}
