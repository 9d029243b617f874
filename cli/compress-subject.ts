import { createHash } from 'node:crypto';
import { InputError } from '../src/base/errors.js';
import { CompressibleModel } from '../src/compress/compressible-model.js';
import { JudgedG2p } from '../src/compress/g2p/judged.js';
import { keptLatencies } from '../src/compress/kept-latencies.js';
import { type LatencySource, measuredLatency, predictedLatency } from '../src/compress/latency-sources.js';
import type { LatencyTable } from '../src/compress/latency-table.js';
import { commandTarget } from '../src/measure/command-target.js';
import { onnxruntimeTarget } from '../src/measure/onnxruntime-target.js';
import { wholeModel } from '../src/onnx/read/runnable-model.js';
import { findKernels } from '../src/predictors/kernels/find.js';
import type { Evaluator } from '../src/search/evaluators/evaluator.js';
import { WORDS } from './compress-retrained.js';
import type { InputSizes } from './onnx-file.js';
import { countBar } from './progress.js';

/** Flags that say what is compressed, and where its latency matters. */
export interface SubjectFlags {
  onnx?: string;
  evaluator?: string;
  model?: string;
  device?: string;
  measure?: string | true;
  keepRecurrent?: boolean;
  threads: number;
  models: string;
  shape?: InputSizes;
  seed: number;
  resume?: boolean;
}

/** How long a board may take for a group of runs. */
const RUNNER_TIMEOUT_MS = 120_000;

/** A model to compress and what judges it. */
interface Subject {
  readonly model: CompressibleModel;
  readonly evaluator: string | Evaluator;
  readonly described: Readonly<Record<string, unknown>>;
  release(): Promise<void>;
}

/** @throws InputError unless either a file with an evaluator or a model is named, or if the file cannot be compressed */
export async function subjectOf(flags: SubjectFlags): Promise<Subject> {
  const { onnx: file, evaluator, device, keepRecurrent, seed } = flags;
  const kept = keepRecurrent
    ? 'recurrent matrices are kept, as asked'
    : device === undefined
      ? undefined
      : 'no predictor knows the Scan its layer would become; use --measure';
  if (flags.model !== undefined) {
    const judged = await JudgedG2p.shipped({ words: WORDS, seed, kept });
    const described = { model: flags.model, words: WORDS };
    return {
      model: judged.model,
      evaluator: judged.evaluator,
      described,
      release: () => judged.release(),
    };
  }
  if (file === undefined || evaluator === undefined) {
    throw new InputError('say what to compress: --onnx with an --evaluator, or --model g2p');
  }
  const { model, bytes } = wholeModel(file);
  try {
    const sha256 = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
    return {
      model: new CompressibleModel(model, kept),
      evaluator,
      described: { onnx: file, sha256 },
      release: async () => {},
    };
  } catch (error) {
    throw error instanceof InputError ? new InputError(error.message, { file }) : error;
  }
}

/** Where the latencies of compressed models come from; undefined if none are asked for. */
export async function latencySourceOf(
  { device, measure, models, shape = new Map(), threads }: SubjectFlags,
  model: CompressibleModel,
  signal: AbortSignal,
): Promise<LatencySource | undefined> {
  if (device !== undefined) return predictedLatency(model, await findKernels(models, device), shape);
  if (measure === undefined) return undefined;
  const target =
    measure === true
      ? onnxruntimeTarget({ provider: 'cpu', threads })
      : commandTarget({ command: measure, timeoutMs: RUNNER_TIMEOUT_MS, retries: 1, signal });
  return measuredLatency(model, target, shape);
}

/** The time each matrix takes at each rank, kept beside the log. */
export async function tableOf(
  { resume = false }: SubjectFlags,
  { ranks }: CompressibleModel,
  source: LatencySource,
  log: string,
  signal: AbortSignal,
): Promise<LatencyTable> {
  const bar = countBar('latencies');
  const onProgress = (done: number, all: number) => {
    bar.update(done, all);
    signal.throwIfAborted();
  };
  return keptLatencies(`${log}.latencies`, resume, ranks, source, onProgress).finally(bar.stop);
}
