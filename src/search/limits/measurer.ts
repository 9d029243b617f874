import { mean } from 'simple-statistics';
import { InputError, quote } from '../../base/errors.js';
import { loadSamples } from '../../datasets/load.js';
import { commandTarget } from '../../measure/command-target.js';
import { architectureModel } from '../../measure/network.js';
import { LATENCY } from '../../metrics/metric.js';
import type { Architecture, SearchSpace } from '../../spaces/space.js';

/** Measures a network's latency in ms. */
export type Measurer = (architecture: Architecture, signal?: AbortSignal) => Promise<number>;

/** `file.csv:device`; anything else is a command. */
const TABLE = /^(.+\.csv(?:\.gz)?):([^/\\:]+)$/i;
const RUNS = 50;
const RUNNER = { timeoutMs: 300_000, retries: 2 };

/**
 * Measures with a command, which is given the path of an ONNX file and prints `{"latency_ms": 1.23}` like the
 * runner of `tempograph measure`, or looks up earlier measurements: `file.csv:device`.
 *
 * @throws InputError if the table lacks the device; on measuring a network, if the table lacks the network or
 *   the command fails
 */
export async function measurerOf(space: SearchSpace, given: string): Promise<Measurer> {
  const [, file, device] = TABLE.exec(given) ?? [];
  if (file !== undefined) {
    const samples = await loadSamples(file, { space, device, metric: LATENCY, duplicates: 'mean' });
    const known = new Map(samples.architectures.map((a, i) => [space.format(a), samples.values[i]]));
    return async (architecture) => {
      const ms = known.get(space.format(architecture));
      if (ms === undefined)
        throw new InputError(`${quote(space.format(architecture))} was not measured`, { file });
      return ms;
    };
  }
  if (given.trim() === '') throw new InputError('the command is empty', { field: '--measure' });
  return async (architecture, signal) => {
    const target = commandTarget({ command: given, signal, ...RUNNER });
    const failed = (error: unknown): never => {
      signal?.throwIfAborted();
      throw new InputError(`the network cannot be measured: ${(error as Error).message}`, {
        field: '--measure',
      });
    };
    const model = await target
      .load(architectureModel(space, architecture, { deadOperations: 'pruned', batch: 1, seed: 1 }))
      .catch(failed);
    try {
      const { runsMs } = await model.time(RUNS).catch(failed);
      return mean([...runsMs]);
    } finally {
      await model.release();
    }
  };
}
