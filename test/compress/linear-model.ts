import { DataType } from '../../src/onnx/proto.js';
import { GraphBuilder } from '../../src/onnx/write/graph-builder.js';
import { randoms } from './models.js';

/** Products with some square matrices, one after the other, from `x` to `y`, both `[1, size]`; the matrices are `w0`, `w1`, … */
export function linearModel(size: number, matrices: number): Uint8Array {
  const g = new GraphBuilder('linear');
  let value = g.input('x', DataType.float, [1, size]);
  for (let i = 0; i < matrices; i++) {
    const weight = g.floats(randoms(i + 1, size * size), [size, size], `w${i}`);
    const output = i === matrices - 1 ? 'y' : `h${i}`;
    g.namedNode('MatMul', [value, weight], [output], {});
    value = output;
  }
  g.output('y', DataType.float, [1, size]);
  return g.model({ producerVersion: '' });
}
