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

/** Greatest difference of a model from the products of its factors, as a share of the largest output: single precision over many steps. */
const MOST_DIFFERENCE = 1e-2;

/** `tempograph compress`: replaces large matrices by two small factors each, at ranks that a search chooses. */
export function registerCompress(command: Command): void {
  const strategies = rankKinds.map(({ name, description }) => `  ${name.padEnd(10)} ${description}`);
  command
    .option('--onnx <file>', 'model with LSTM, GRU, MatMul or Gemm nodes')
    .option(
      '--evaluator <command>',
      'evaluates the file {model}; the last line of its stdout must be {"accuracy": …}',
    )
    .addOption(
      new Option(
        '--model <name>',
        'instead of both: the included network from letters to phonemes, judged on real words',
      )
        .choices(['g2p'])
        .conflicts(['onnx', 'evaluator']),
    )
    .option(
      '--timeout <s>',
      'seconds after which an attempt of the command is killed (default: never)',
      nonNegative('timeout'),
    )
    .option('--retries <n>', 'further attempts after the command failed', integer('retries'), 0)
    .option('--parallel <n>', 'models evaluated at the same time', integer('parallel', 1), 1)
    .option(
      '--max-params <share>',
      "share of the model's parameters that may be left, 0 to 1",
      numberInRange('max-params', 0, 1),
    )
    .option(
      '--max-latency <ms>',
      'latency limit in milliseconds, on the --device or as measured',
      nonNegative('max-latency'),
    )
    .option(
      '--max-loss <accuracy>',
      'find the smallest model that loses no more accuracy than this',
      nonNegative('max-loss'),
    )
    .option('--device <name>', 'device with a predictor for ONNX files, for --max-latency')
    .addOption(
      new Option(
        '--measure [runner]',
        'measure latencies instead, on this machine or with a command that is given an ONNX file',
      ).conflicts('device'),
    )
    .option('--keep-recurrent', 'leave recurrent weight matrices dense; implied by --device')
    .addOption(
      new Option(
        '--retrain <epochs>',
        'epochs of retraining after ranks are found, with --model g2p; 0.1 is a tenth of an epoch',
      )
        .argParser(nonNegative('retrain'))
        .conflicts(['maxLatency', 'maxLoss', 'device', 'measure', 'keepRecurrent']),
    )
    .option('--learning-rate <x>', 'peak learning rate of retraining', nonNegative('learning-rate'), 0.001)
    .option('--repeat <n>', 'rounds of compressing and retraining', integer('repeat', 1), 1)
    .option(
      '--threads <n>',
      'threads for measuring on this machine and for training',
      integer('threads', 1),
      1,
    )
    .option('--models <folder>', 'folder of predictors', shippedModels)
    .addOption(shapeOption())
    .option('--strategy <name>', 'strategy that chooses ranks, see below', 'rl')
    .option('--set <option=value...>', "other values for the strategy's options", [])
    .option(
      '--budget <n>',
      'models to evaluate, including the dense one (default: 200, or the budget in the log)',
      integer('budget', 2),
    )
    .option('--seed <n>', 'seed of all random choices', integer('seed'), 1)
    .requiredOption('--out <file.onnx>', 'file to write the compressed model to')
    .option('--log <file>', "the run's log, JSON lines (default: <out>.log.jsonl)")
    .option('--resume', 'continue the run in --log where it stopped')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Strategies:
${strategies.join('\n')}

Every weight matrix is decomposed once (SVD). It stays dense, or becomes two factors of one of seven ranks below the
break-even rank, at which the factors would be as large as the matrix. The accuracy may be any number for which more is
better. Every model evaluated keeps the limits of parameters and latency, except for the dense model, which comes first,
and the models from which greedy learns what each matrix is worth. With --max-loss the search looks for the smallest
model (with a device: the fastest) that loses no more accuracy than that.

The result is plain ONNX. A product becomes two; the input of an LSTM or GRU is multiplied by the first factor before
the layer; a layer whose recurrent matrix is factorised is written as a Scan. This computes the same as the layer with
the product of the factors, which is checked in onnxruntime before the command ends. A Scan saves parameters, but is
fast only for wide layers: --measure finds this out, and keeps recurrent matrices dense where that is faster.

--model g2p compresses the included network from letters to phonemes, and --retrain trains its factors further. With
--repeat each round reduces the parameters by the same ratio, and the last one arrives at --max-params. A card beside
the model records what was done.

--resume continues a run that was interrupted or killed.

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
    // A user who stops it is not kept waiting for the measurement at the end.
    await writeBest(flags, model, found, signal.aborted ? undefined : source);
    signal.throwIfAborted();
    if (!found.best) {
      throw new InputError(`no model within the limits could be evaluated; see ${log} for what failed`);
    }
  } finally {
    await source?.release();
    await release();
  }
}

/** @throws InputError for options that only retraining uses, without it */
function isRetrained(flags: CompressFlags): flags is CompressFlags & RetrainFlags {
  if (flags.retrain !== undefined && flags.model === undefined) {
    throw new InputError(
      'only --model g2p can be retrained here; retrain your own model as you trained it before',
      {
        field: '--retrain',
      },
    );
  }
  if (flags.retrain === undefined && flags.repeat > 1) {
    throw new InputError('there is nothing to repeat without --retrain', { field: '--repeat' });
  }
  return flags.retrain !== undefined;
}

/** Writes the best model, if there is one, compares it with the products of its factors, and reports it. */
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
      `warning: it differs from the products of its factors by ${percent(difference)} of the largest output; this is expected only of a model that makes decisions between its steps, such as a decoder`,
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
