import { type Command, Option } from 'commander';
import { InputError } from '../src/base/errors.js';
import { writeOutput } from '../src/base/write-output.js';
import type { CompressibleModel } from '../src/compress/compressible-model.js';
import { differenceFromProducts, type LatencySource } from '../src/compress/latency-sources.js';
import { compressionReport } from '../src/compress/report.js';
import { rankKinds } from '../src/compress/strategies.js';
import { shippedModels } from '../src/predictors/saved/model-folder.js';
import { type PrintedCompression, printCompression } from './compress-report.js';
import { compressRetrained, type RetrainFlags } from './compress-retrained.js';
import { latencySourceOf, type SubjectFlags, subjectOf, tableOf } from './compress-subject.js';
import { orInterrupted } from './interruptible.js';
import { shapeOption } from './onnx-file.js';
import { integer, nonNegative, numberInRange } from './options.js';
import { prepareOutput } from './output-file.js';
import { percent } from './percent.js';
import {
  decomposed,
  type FoundRanks,
  type RankSearchFlags,
  rankOptionsOf,
  searchRanks,
} from './rank-search.js';

interface CompressFlags extends RankSearchFlags, SubjectFlags {
  retrain?: number;
  learningRate: number;
  repeat: number;
  timeout?: number;
  retries: number;
  maxParams?: number;
  maxLatency?: number;
  maxLoss?: number;
  out: string;
  log?: string;
  json?: boolean;
}

/** Of a model and the products of its factors, as a share of the greatest output: single precision over many steps. */
const MOST_DIFFERENCE = 1e-2;

/** `tempograph compress`: two small factors in place of a large matrix, with ranks that a search chooses. */
export function registerCompress(command: Command): void {
  const strategies = rankKinds.map(({ name, description }) => `  ${name.padEnd(10)} ${description}`);
  command
    .option('--onnx <file>', 'model with LSTM, GRU, MatMul or Gemm nodes')
    .option('--evaluator <command>', 'evaluates {model}; its last line on stdout is {"accuracy": …}')
    .addOption(
      new Option('--model <name>', 'instead of both: letters to phonemes, which ships, judged by real words')
        .choices(['g2p'])
        .conflicts(['onnx', 'evaluator']),
    )
    .option('--timeout <s>', 'after which an attempt of the command is killed', nonNegative('timeout'))
    .option('--retries <n>', 'further attempts of a command that failed', integer('retries'), 0)
    .option('--parallel <n>', 'models evaluated at the same time', integer('parallel', 1), 1)
    .option(
      '--max-params <share>',
      "of the model's parameters that may be left",
      numberInRange('max-params', 0, 1),
    )
    .option('--max-latency <ms>', 'limit on the --device, or as measured', nonNegative('max-latency'))
    .option('--max-loss <accuracy>', 'find the smallest model that loses no more', nonNegative('max-loss'))
    .option('--device <name>', 'with a predictor for ONNX files')
    .addOption(
      new Option(
        '--measure [runner]',
        'measure latencies instead, on this machine or by a command that gets an ONNX file',
      ).conflicts('device'),
    )
    .option('--keep-recurrent', 'leave what weighs a layer’s own last output; always so with --device')
    .addOption(
      new Option(
        '--retrain <epochs>',
        'of training once ranks are found, of --model g2p; 0.1 is a tenth of one',
      )
        .argParser(nonNegative('retrain'))
        .conflicts(['maxLatency', 'maxLoss', 'device', 'measure', 'keepRecurrent']),
    )
    .option('--learning-rate <x>', 'of retraining, at its peak', nonNegative('learning-rate'), 0.001)
    .option('--repeat <n>', 'rounds of compressing and retraining', integer('repeat', 1), 1)
    .option('--threads <n>', 'of a measured model on this machine, and of training', integer('threads', 1), 1)
    .option('--models <folder>', 'folder of predictors', shippedModels)
    .addOption(shapeOption())
    .option('--strategy <name>', 'what chooses ranks, see below', 'rl')
    .option('--set <option=value...>', "other values for the strategy's options", [])
    .option(
      '--budget <n>',
      'models to evaluate, the dense one among them (default: 200, or what the log says)',
      integer('budget', 2),
    )
    .option('--seed <n>', 'of all that is drawn', integer('seed'), 1)
    .requiredOption('--out <file.onnx>', 'the compressed model')
    .option('--log <file>', "the run's log, JSON lines (default: <out>.log.jsonl)")
    .option('--resume', 'continue the run in the log where it stopped')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Strategies:
${strategies.join('\n')}

Every weight matrix is decomposed once (SVD). It stays dense, or becomes two factors of one of seven ranks below the
break-even one, at which they would be as large as it. The accuracy is any number of which more is better. Limits of
parameters and latency are kept by every model that is evaluated, but for the dense one, which comes first, and those
by which greedy learns what each matrix is worth. With --max-loss the search is for the smallest model, or the fastest
where there is a device, that loses no more accuracy.

What is written is plain ONNX. A product becomes two; the input of an LSTM or GRU is multiplied by its first factor before
the layer; a layer whose recurrent matrix has factors is written out as a Scan. That is equal to the layer with the
product of the factors, and is checked in onnxruntime before the command ends. A Scan saves parameters, but is
fast for wide layers only: --measure knows that, and keeps recurrent matrices dense where they are faster.

With --model g2p the network from letters to phonemes that ships is compressed, and --retrain trains its factors further. With
--repeat the rounds leave equal shares; what the last one leaves is what --max-params says. A card beside the
model says what was done.

A run that was interrupted or killed continues with --resume.

Examples:
  $ tempograph compress --onnx model.onnx --evaluator "python eval.py {model}" --max-params 0.33 --out smaller.onnx
  $ tempograph compress --onnx model.onnx --evaluator "python eval.py {model}" --device cpu --max-latency 2 --out faster.onnx
  $ tempograph compress --onnx model.onnx --evaluator "python eval.py {model}" --measure --max-latency 2 --shape x=50x1x80 --out faster.onnx
  $ tempograph compress --onnx model.onnx --evaluator "python eval.py {model}" --max-loss 0.5 --strategy greedy --out smallest.onnx
  $ tempograph compress --model g2p --max-params 0.2 --strategy greedy --retrain 1 --repeat 2 --out g2p-small.onnx`,
    )
    .action((flags: CompressFlags) =>
      orInterrupted('continue with --resume', (signal) => compress(flags, signal)),
    );
}

async function compress(flags: CompressFlags, signal: AbortSignal): Promise<void> {
  rankOptionsOf(flags);
  await prepareOutput(flags.out, '--out');
  const log = flags.log ?? `${flags.out}.log.jsonl`;
  await prepareOutput(log, '--log');
  if (isRetrained(flags)) return compressRetrained(flags, log, signal);
  const { model, evaluator, described, release } = await subjectOf(flags);
  await decomposed(model, signal);
  const source = await latencySourceOf(flags, model, signal);
  try {
    const latency = source && (await tableOf(flags, model, source, log, signal));
    const asked = {
      model,
      evaluator,
      timeout: flags.timeout,
      retries: flags.retries,
      limits: { maxParameters: flags.maxParams, maxLatencyMs: flags.maxLatency },
      maxLoss: flags.maxLoss,
      latency,
      described: { ...described, device: flags.device ?? flags.measure ?? null },
    };
    const found = await searchRanks(flags, asked, log, signal);
    // Who stops it does not wait for what it would measure at the end.
    await writeBest(flags, model, found, signal.aborted ? undefined : source);
    signal.throwIfAborted();
    if (!found.best) {
      throw new InputError(`no model within the limits could be evaluated; ${log} says what failed`);
    }
  } finally {
    await source?.release();
    await release();
  }
}

/** @throws InputError for what only retraining has a use for, without it */
function isRetrained(flags: CompressFlags): flags is CompressFlags & RetrainFlags {
  if (flags.retrain !== undefined && flags.model === undefined) {
    throw new InputError('only --model g2p is retrained; train a model of your own as you did before', {
      field: '--retrain',
    });
  }
  if (flags.retrain === undefined && flags.repeat > 1) {
    throw new InputError('there is nothing to repeat without --retrain', { field: '--repeat' });
  }
  return flags.retrain !== undefined;
}

/** Writes the best model, if there is one, holds it against the products of its factors, and says what it is. */
async function writeBest(
  flags: CompressFlags,
  model: CompressibleModel,
  { prepared, best, trials }: FoundRanks,
  source: LatencySource | undefined,
): Promise<void> {
  if (!best) return;
  const { goal, architectures } = prepared.pool;
  const architecture = architectures[best.candidate];
  const difference = await differenceFromProducts(model, architecture, flags.shape ?? new Map());
  if (difference !== undefined && !(difference <= MOST_DIFFERENCE)) {
    console.error(
      `warning: it differs from the products of its factors by ${percent(difference)} of the greatest output; only a model that decides between its steps, as a decoder, may do so`,
    );
  }
  await writeOutput(flags.out, model.onnx(architecture));
  const asked = source && {
    denseMs: await source.latencyMs(model.ranks.dense),
    latencyMs: await source.latencyMs(architecture),
  };
  const { evaluated, ...found } = compressionReport(model, prepared, best, trials, asked);
  const report: PrintedCompression = {
    out: flags.out,
    ...found,
    ...(asked && { addedUpMs: goal.costs.latencyMs?.(architecture) }),
    evaluated: evaluated.length,
    differenceFromProducts: difference ?? null,
  };
  if (flags.json) console.log(JSON.stringify(report, null, 2));
  else printCompression(report, flags.device);
}
