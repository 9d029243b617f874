import * as ort from '../../src/base/onnxruntime.js';
import { Random } from '../../src/base/random.js';
import { Decomposition } from '../../src/compress/factors.js';
import type { Replacement } from '../../src/compress/node-writer.js';
import { findMatrices } from '../../src/compress/weight-matrices.js';
import { DataType, decodeModel, encodeModel, type ModelProto } from '../../src/onnx/proto.js';
import { GraphBuilder } from '../../src/onnx/write/graph-builder.js';

/** Random numbers around zero. */
export function randoms(seed: number, size: number, scale = 0.3): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: size }, () => scale * (2 * random.uniform() - 1));
}

export const STEPS = 5;
export const BATCH = 3;
const FEATURES = 24;
const HIDDEN = 20;

export interface LayerSpec {
  readonly operator: 'LSTM' | 'GRU';
  readonly direction: 'forward' | 'reverse' | 'bidirectional';
  readonly attributes?: Record<string, number>;
  /** With lengths of the sequences and initial states. */
  readonly whole: boolean;
}

/** A recurrent layer with random weights: outputs `steps`, `last` and, of LSTM, `cell`. */
export function layerModel({ operator, direction, attributes = {}, whole }: LayerSpec): ModelProto {
  const g = new GraphBuilder('layer');
  const directions = direction === 'bidirectional' ? 2 : 1;
  const gates = operator === 'LSTM' ? 4 : 3;
  g.input('x', DataType.float, ['steps', 'batch', FEATURES]);
  const weight = (name: string, seed: number, ...shape: number[]) =>
    g.floats(
      randoms(
        seed,
        shape.reduce((a, b) => a * b),
      ),
      shape,
      name,
    );
  const inputs = [
    'x',
    weight('W', 1, directions, gates * HIDDEN, FEATURES),
    weight('R', 2, directions, gates * HIDDEN, HIDDEN),
    weight('B', 3, directions, 2 * gates * HIDDEN),
  ];
  if (whole) {
    inputs.push(g.input('lengths', DataType.int32, ['batch']));
    for (const state of operator === 'LSTM' ? ['h', 'c'] : ['h']) {
      inputs.push(g.input(state, DataType.float, [directions, 'batch', HIDDEN]));
    }
  }
  const outputs = operator === 'LSTM' ? ['steps', 'last', 'cell'] : ['steps', 'last'];
  g.namedNode(operator, inputs, outputs, { hidden_size: HIDDEN, direction, ...attributes });
  g.output('steps', DataType.float, ['steps', directions, 'batch', HIDDEN]);
  for (const name of outputs.slice(1)) g.output(name, DataType.float, [directions, 'batch', HIDDEN]);
  return decodeModel(g.model({ producerVersion: '' }));
}

/** What a layer of `layerModel` is run with; the sequences have 5, 2 and 4 steps. */
export function layerFeeds({ operator, direction, whole }: LayerSpec): Record<string, ort.Tensor> {
  const directions = direction === 'bidirectional' ? 2 : 1;
  const shape = [directions, BATCH, HIDDEN];
  const state = (seed: number) =>
    new ort.Tensor('float32', randoms(seed, directions * BATCH * HIDDEN, 1), shape);
  return {
    x: new ort.Tensor('float32', randoms(5, STEPS * BATCH * FEATURES, 1), [STEPS, BATCH, FEATURES]),
    ...(whole && {
      lengths: new ort.Tensor('int32', Int32Array.of(5, 2, 4), [BATCH]),
      h: state(6),
      ...(operator === 'LSTM' && { c: state(7) }),
    }),
  };
}

/** Factors of a rank for every matrix, or for those of some names. */
export function replacementsOf(
  model: ModelProto,
  rank: number,
  isReplaced: (name: string) => boolean = () => true,
): Replacement[] {
  return findMatrices(model).matrices.map((matrix) => {
    const { values, rows, columns } = matrix;
    const whole = new Decomposition(values, rows, columns);
    return isReplaced(matrix.name) ? { matrix, factors: whole.factors(rank) } : { matrix };
  });
}

/** Runs a model. @returns its outputs by name */
export async function run(
  model: ModelProto,
  feeds: Record<string, ort.Tensor>,
): Promise<Record<string, Float32Array>> {
  const session = await ort.openSession(encodeModel(model), 1);
  const outputs = await session.run(feeds);
  const values = Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array] as const);
  await session.release();
  return Object.fromEntries(values);
}

/** The greatest difference between outputs, all of which both have. */
export function difference(a: Record<string, Float32Array>, b: Record<string, Float32Array>): number {
  if (Object.keys(a).join() !== Object.keys(b).join()) throw new Error('other outputs');
  return Math.max(
    ...Object.entries(a).flatMap(([name, values]) =>
      values.length === b[name].length
        ? Array.from(values, (value, i) => Math.abs(value - b[name][i]))
        : [Number.POSITIVE_INFINITY],
    ),
  );
}
