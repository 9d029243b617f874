// Chooses the ranks of a model's matrices in a process of its own, so that the service keeps answering. A model that was
// sent is read and written, but never run.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_STRATEGY } from '../../api/compressions.js';
import { InputError } from '../../src/base/errors.js';
import { CompressibleModel } from '../../src/compress/compressible-model.js';
import { energyEvaluator } from '../../src/compress/energy-evaluator.js';
import { JudgedG2p } from '../../src/compress/g2p/judged.js';
import { keptLatencies } from '../../src/compress/kept-latencies.js';
import type { LatencySource } from '../../src/compress/latency-sources.js';
import { bestWithin, type CompressionSource, prepareCompression } from '../../src/compress/prepare.js';
import { compressionReport } from '../../src/compress/report.js';
import { rankKinds } from '../../src/compress/strategies.js';
import { modelIn } from '../../src/onnx/read/runnable-model.js';
import type { Evaluator } from '../../src/search/evaluators/evaluator.js';
import { type RunTask, runSeed } from '../../src/search/seeded-run.js';
import { strategyNamed } from '../../src/search/strategies/registry.js';
import { inFields, keptRecurrent } from '../networks/compressible.js';
import { NetworkAnswers } from '../networks/network-answers.js';
import { asChild, type Say } from './child-process.js';
import {
  type CompressProgress,
  type CompressResult,
  type CompressTask,
  LATENCIES_FILE,
  LOG_FILE,
  SENT_MODEL_FILE,
  SMALLER_FILE,
} from './compress-task.js';

/** Words on which the network from letters to phonemes is judged. */
const WORDS = { words: 300, seed: 1 };
/** Evaluations for a strategy that lowers each matrix alone, and some for choosing. */
const budgetFor = (matrices: number) => 8 * matrices + 100;
const CALLER = 'a job';

await asChild(compress);

async function compress(
  task: CompressTask,
  folder: string,
  say: Say<CompressProgress>,
): Promise<CompressResult> {
  const { strategy = DEFAULT_STRATEGY, options = {}, seed = 1, device, sizes } = task;
  const { maxParameters, maxLatencyMs, maxLoss } = task;
  const saying = (doing: CompressProgress['doing']) => (done: number, of: number) =>
    void say({ doing, done, of });
  const { model, evaluator, release } = await modelOf(task, folder);
  await model.decompose(saying('decomposing matrices'));
  const answers = new NetworkAnswers();
  try {
    const source = device === undefined ? undefined : predictedBy(answers, model, device, task);
    const latency =
      source &&
      (await keptLatencies(
        join(folder, LATENCIES_FILE),
        true,
        model.ranks,
        source,
        saying('predicting latencies'),
      ));
    const limits = { maxParameters, maxLatencyMs };
    const described = { device: device ?? null };
    const prepared = preparedAsAsked({ model, evaluator, limits, maxLoss, latency, described });
    const budget = task.budget ?? budgetFor(model.matrices.length);
    const run: RunTask = {
      strategy,
      options: strategyNamed(strategy, rankKinds).optionsWith(options),
      objective: 'accuracy',
      budget,
      parallel: 1,
      seed,
      log: join(folder, LOG_FILE),
      resume: true,
    };
    const evaluated = saying('evaluating ranks');
    const { trials } = await runSeed(run, prepared, { onTold: ({ trained }) => evaluated(trained, budget) });
    const best = bestWithin(prepared, trials);
    if (!best) throw new InputError('no ranks within the limits were found; try more, or other limits');
    const architecture = prepared.pool.architectures[best.candidate];
    const onnx = model.onnx(architecture);
    await writeFile(join(folder, SMALLER_FILE), onnx);
    const asked = source && {
      latencyMs: await source.latencyMs(architecture),
      denseMs: await source.latencyMs(model.ranks.dense),
    };
    const report = compressionReport(model, prepared, best, trials, asked);
    const read = await answers.network({ onnx: base64(onnx), sizes }, CALLER).then(
      () => [],
      (error: Error) => [`the file could not be read back: ${error.message}`],
    );
    return { report, notes: read };
  } finally {
    answers.close();
    await release();
  }
}

/** @throws InputError in terms of the request */
function preparedAsAsked(source: CompressionSource) {
  try {
    return prepareCompression(source);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { field, message } = inFields(error);
    throw new InputError(message, { field });
  }
}

/** The model of a task, and its evaluator. */
async function modelOf(
  task: CompressTask,
  folder: string,
): Promise<{ model: CompressibleModel; evaluator: Evaluator; release(): Promise<void> }> {
  const kept = keptRecurrent(task);
  if ('model' in task) {
    const judged = await JudgedG2p.shipped({ ...WORDS, kept });
    const { model, evaluator } = judged;
    return { model, evaluator, release: () => judged.release() };
  }
  const model = new CompressibleModel(modelIn(await readFile(join(folder, SENT_MODEL_FILE))), kept);
  return { model, evaluator: energyEvaluator(model), release: async () => {} };
}

/** Latencies by a predictor of kernels, in a process with limits, because onnxruntime reads the file's shapes. */
function predictedBy(
  answers: NetworkAnswers,
  model: CompressibleModel,
  device: string,
  { models, sizes }: CompressTask,
): LatencySource {
  return {
    async latencyMs(architecture) {
      const asked = { device, onnx: base64(model.onnx(architecture)), sizes };
      return (await answers.predict(asked, models, CALLER)).latencyMs;
    },
    async release() {},
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
