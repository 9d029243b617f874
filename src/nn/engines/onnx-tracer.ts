import type { NamedTensorMap } from '@tensorflow/tfjs';
import type { Dimension, GraphBuilder } from '../../onnx/write/graph-builder.js';
import {
  reshapeTarget,
  SYMBOLIC_BATCH,
  TRACING_BACKEND,
  TraceError,
  TracingBackend,
} from './onnx-backend.js';
import { registerOnnxKernels } from './onnx-kernels.js';
import { loadTfjs, tf } from './tfjs.js';

/** A named input of a traced function. A batch dimension that is only known at run time is `'batch'`. */
export interface TracedInput {
  readonly name: string;
  readonly shape: readonly Dimension[];
  readonly dtype: 'float32' | 'int32';
}

let backend: TracingBackend | undefined;

/** tfjs has only one active backend, so traces take turns. */
let lastTrace: Promise<unknown> = Promise.resolve();

/**
 * Records a tfjs function as ONNX nodes.
 *
 * @param builder receives the nodes; it must already know the inputs (as inputs, outer values or
 *   initializers)
 * @param inputs of `run`: name in the graph, shape, type
 * @param run any synchronous tfjs code, including gradients
 * @returns the graph's names for the tensors that `run` returned, with their shapes
 * @throws TraceError that names a kernel without an ONNX counterpart, and the line that called it
 */
export function trace(
  builder: GraphBuilder,
  inputs: readonly TracedInput[],
  run: (inputs: NamedTensorMap) => NamedTensorMap,
): Promise<Record<string, { name: string; shape: Dimension[] }>> {
  const turn = lastTrace.then(() => traceAlone(builder, inputs, run));
  lastTrace = turn.catch(() => undefined);
  return turn;
}

async function traceAlone(
  builder: GraphBuilder,
  inputs: readonly TracedInput[],
  run: (inputs: NamedTensorMap) => NamedTensorMap,
): Promise<Record<string, { name: string; shape: Dimension[] }>> {
  if (!backend) {
    backend = new TracingBackend();
    const tracing = backend;
    registerOnnxKernels();
    tf.registerBackend(TRACING_BACKEND, () => tracing, -1);
  }
  const tracing = backend;
  await loadTfjs();
  const previous = tf.getBackend();
  await tf.setBackend(TRACING_BACKEND);
  tracing.start(builder);
  const stackDepth = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  const tensors: NamedTensorMap = {};
  try {
    return tf.tidy(() => {
      for (const { name, shape, dtype } of inputs) {
        const numbers = shape.map((d) => (typeof d === 'number' ? d : SYMBOLIC_BATCH));
        tensors[name] = tf.engine().makeTensorFromTensorInfo(tracing.tensor(name, numbers, dtype));
      }
      const outputs = run(tensors);
      return Object.fromEntries(
        Object.entries(outputs).map(([key, tensor]) => [
          key,
          {
            name: tracing.nameOf(tensor),
            shape: reshapeTarget(tensor.shape).map((d) => (d === -1 ? 'batch' : d)),
          },
        ]),
      );
    }) as unknown as Record<string, { name: string; shape: Dimension[] }>;
  } catch (error) {
    throw located(error);
  } finally {
    tracing.stop();
    Error.stackTraceLimit = stackDepth;
    await tf.setBackend(previous);
  }
}

/** Turns tfjs's "kernel not registered" into an error that says which kernel was called where. */
function located(error: unknown): unknown {
  const kernel = error instanceof Error && /[Kk]ernel '(\w+)' not registered/.exec(error.message)?.[1];
  if (!kernel) return error;
  const frames = (error.stack ?? '').split('\n').slice(1);
  const caller = frames.find((frame) => !/node_modules|node:|\/nn\/engines\/onnx-/.test(frame));
  return new TraceError(
    `tfjs kernel ${kernel} has no ONNX counterpart here; called ${caller?.trim() ?? 'at an unknown place'}`,
  );
}
