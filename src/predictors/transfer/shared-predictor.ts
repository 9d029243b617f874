import { createHash } from 'node:crypto';
import * as ort from '../../base/onnxruntime.js';
import { Random } from '../../base/random.js';
import { version } from '../../base/version.js';
import type { Inputs } from '../../nn/engines/engine.js';
import { trace } from '../../nn/engines/onnx-tracer.js';
import { tf } from '../../nn/engines/tfjs.js';
import {
  type TrainingData,
  type TrainingHooks,
  type TrainingOptions,
  trainingDefaults,
  trainNetwork,
} from '../../nn/training.js';
import { DataType } from '../../onnx/proto.js';
import { GraphBuilder } from '../../onnx/write/graph-builder.js';
import { asExecuted } from '../../spaces/executed.js';
import type { Architecture, SearchSpace } from '../../spaces/space.js';
import { graphEncoding } from '../encodings/encoding.js';
import type { SourceDevice } from './pool.js';
import { type SharedNetwork, type SharedSize, sharedNetwork } from './shared-network.js';

export type SharedTrainingOptions = SharedSize & Omit<TrainingOptions, 'seed'>;

/** Number of training steps for a pool, whatever it contains. */
const STEPS = 3000;

const poolDefaults: SharedSize & Omit<TrainingOptions, 'seed' | 'epochs'> = {
  ...trainingDefaults,
  hidden: 32,
  layers: 3,
  embedding: 12,
  batchSize: 128,
  dropout: 0.05,
  weightDecay: 1e-2,
};

/** A trained multi-device network, and what is needed to interpret it. */
export interface SharedModel {
  readonly space: SearchSpace;
  readonly sources: readonly Pick<SourceDevice, 'device' | 'deadOperations'>[];
  readonly network: SharedNetwork;
  readonly theta: Float32Array;
  /** `[device]`, mean of ln(latency / 1 ms). */
  readonly logMeans: Float64Array;
  /** Standard deviation of the log latencies around their device's mean. */
  readonly logStd: number;
  readonly options: SharedTrainingOptions;
}

/** Share of the samples used for early stopping. */
const VALID = 0.05;

/** Trains the multi-device network on a pool; options default to `poolDefaults`. */
export async function trainPool(
  space: SearchSpace,
  sources: readonly SourceDevice[],
  seed: number,
  given: Partial<SharedTrainingOptions> = {},
  hooks: TrainingHooks = {},
): Promise<SharedModel> {
  const logs = sources.map(({ samples }) => Array.from(samples.values, Math.log));
  const logMeans = Float64Array.from(logs, (l) => l.reduce((sum, x) => sum + x, 0) / l.length);
  const rows = sources.flatMap((source, device) => {
    const executed = asExecuted(space, source.deadOperations, source.samples.architectures);
    return executed.map((architecture, i) => ({
      architecture,
      device,
      log: logs[device][i] - logMeans[device],
    }));
  });
  const logStd = Math.sqrt(rows.reduce((sum, { log }) => sum + log ** 2, 0) / rows.length) || 1;
  const order = new Random(seed).permutation(rows.length);
  const held = Math.round(VALID * rows.length);
  const data = (positions: Uint32Array): TrainingData => {
    const chosen = Array.from(positions, (i) => rows[i]);
    const device = new Float32Array(chosen.length * sources.length);
    chosen.forEach((row, i) => {
      device[i * sources.length + row.device] = 1;
    });
    return {
      inputs: {
        ...graphEncoding.encode(
          space,
          chosen.map((r) => r.architecture),
        ),
        device,
      },
      target: Float32Array.from(chosen, (r) => r.log / logStd),
    };
  };
  const [valid, train] = [data(order.subarray(0, held)), data(order.subarray(held))];
  const batchSize = given.batchSize ?? poolDefaults.batchSize;
  const epochs = Math.max(10, Math.round(STEPS / Math.ceil(train.target.length / batchSize)));
  const options: SharedTrainingOptions = { epochs, ...poolDefaults, ...given };
  const network = sharedNetwork(space.graph, sources.length, logStd, train.target.length, options);
  const key = poolKey(space, sources, seed, options);
  const { theta } = await trainNetwork(network, train, valid, { ...options, seed }, key, hooks);
  return { space, sources, network, theta, logMeans, logStd, options };
}

/** A key that is equal for equal pools, options and seeds. */
export function poolKey(
  space: SearchSpace,
  sources: readonly SourceDevice[],
  seed: number,
  options: Partial<SharedTrainingOptions>,
): string {
  const hash = createHash('sha256').update(JSON.stringify(['pool', space.name, seed, options]));
  for (const { device, deadOperations, samples } of sources) {
    hash.update(JSON.stringify([device, deadOperations])).update(samples.values);
    for (const architecture of samples.architectures) hash.update(architecture);
  }
  return hash.digest('hex');
}

/** The shared network's readings of architectures. */
export interface SharedReadings {
  /** `[architecture, device]`, in the metric's unit. */
  readonly predicted: Float64Array;
  /** `[architecture, nodes, embedding]` */
  readonly nodes: Float32Array;
  /** `[architecture, embedding]` */
  readonly graph: Float32Array;
}

/** Number of architectures that go through the network at once. */
const CHUNK = 1024;

/** Runs a trained multi-device network. */
export class SharedPredictor {
  private constructor(
    readonly model: SharedModel,
    private readonly session: ort.InferenceSession,
  ) {}

  static async create(model: SharedModel, threads = 1): Promise<SharedPredictor> {
    return new SharedPredictor(model, await ort.openSession(await readingsModel(model), threads));
  }

  /** @param executed architectures as run by the device in question */
  async read(executed: readonly Architecture[]): Promise<SharedReadings> {
    const { space, sources, logMeans, logStd, options } = this.model;
    const devices = sources.length;
    const predicted = new Float64Array(executed.length * devices);
    const nodes = new Float32Array(executed.length * space.graph.nodes * options.embedding);
    const graph = new Float32Array(executed.length * options.embedding);
    for (let start = 0; start < executed.length; start += CHUNK) {
      const inputs = graphEncoding.encode(space, executed.slice(start, start + CHUNK));
      const rows = Math.min(CHUNK, executed.length - start);
      const output = await this.session.run(feeds(graphEncoding.inputs(space), inputs, rows));
      const logs = output.latencies.data as Float32Array;
      for (let i = 0; i < logs.length; i++) {
        predicted[start * devices + i] = Math.exp(logs[i] * logStd + logMeans[i % devices]);
      }
      nodes.set(output.nodes.data as Float32Array, start * space.graph.nodes * options.embedding);
      graph.set(output.graph.data as Float32Array, start * options.embedding);
    }
    return { predicted, nodes, graph };
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

function feeds(
  specs: readonly { name: string; shape: readonly number[] }[],
  inputs: Inputs,
  rows: number,
): Record<string, ort.Tensor> {
  return Object.fromEntries(
    specs.map(({ name, shape }) => [name, new ort.Tensor('float32', inputs[name], [rows, ...shape])]),
  );
}

/** The trained network's parameters by name, with the axis of members. */
export function namedParameters({ network, theta }: SharedModel) {
  let offset = 0;
  return network.parameters.map(({ name, shape }) => {
    const full = [network.members, ...shape];
    const size = tf.util.sizeFromShape(full);
    offset += size;
    return { name, shape: full, values: theta.slice(offset - size, offset) };
  });
}

/** The network as ONNX, with all its readings as outputs. */
async function readingsModel(model: SharedModel): Promise<Uint8Array> {
  const builder = new GraphBuilder('readings');
  const inputs = graphEncoding.inputs(model.space);
  const parameters = namedParameters(model);
  for (const { name, shape } of inputs) builder.input(name, DataType.float, ['batch', ...shape]);
  for (const { name, shape, values } of parameters) builder.floats(values, shape, name);
  const traced = await trace(
    builder,
    [
      ...inputs.map(({ name, shape }) => ({ name, shape: ['batch', ...shape], dtype: 'float32' as const })),
      ...parameters.map(({ name, shape }) => ({ name, shape, dtype: 'float32' as const })),
    ],
    (t) => ({ ...model.network.read(t, t) }),
  );
  for (const [name, { name: value, shape }] of Object.entries(traced)) {
    builder.output(value, DataType.float, shape, name);
  }
  return builder.model({ producerVersion: version });
}
