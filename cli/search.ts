import { join, parse } from 'node:path';
import { type Command, Option } from 'commander';
import { TempographClient } from '../client/index.js';
import { fleetMeasurer } from '../fleet/fleet-measurer.js';
import { InputError, quote } from '../src/base/errors.js';
import { writeOutput } from '../src/base/write-output.js';
import { CONFIGURATIONS } from '../src/devices/codesign/configuration.js';
import { metricNamed } from '../src/metrics/metric.js';
import { shippedModels } from '../src/predictors/saved/model-folder.js';
import { type CodesignSource, prepareCodesign } from '../src/search/codesign/setup.js';
import { DEFAULT_CONFIDENCE } from '../src/search/latency-source.js';
import type { Measurer } from '../src/search/limits/measurer.js';
import { bestSoFar, meanCurve } from '../src/search/report/curve.js';
import type { Run } from '../src/search/seeded-run.js';
import { type MetricLimit, type PreparedSearch, prepareSearch } from '../src/search/setup.js';
import { strategyKinds, strategyNamed } from '../src/search/strategies/registry.js';
import { readWarmStart, type WarmStart } from '../src/search/warm-start.js';
import { spaceNamed } from '../src/spaces/registry.js';
import type { OneShotEvaluator } from '../src/supernet/one-shot.js';
import { orInterrupted } from './interruptible.js';
import { integer, nonNegative, numberInRange, spaceOption } from './options.js';
import { prepareOutput } from './output-file.js';
import { sayRetry } from './say-retry.js';
import { writeReport } from './search-page.js';
import { printRuns, report } from './search-report.js';
import { budgetFor, logOf, optionsOf, type RunFlags, runWithBar, sayWarmStart } from './search-run.js';

interface SearchFlags extends CodesignSource, Omit<RunFlags, 'budget' | 'warmStart'> {
  readonly oneShot?: string;
  readonly warmStart?: string[];
  readonly budget?: number;
  readonly space: string;
  set: string[];
  maxEnergy: number[];
  maxPower: number[];
  maxMemory: number[];
  limit: MetricLimit[];
  measured?: string;
  plot?: string;
  report?: string;
  json?: boolean;
}

const DEFAULT_BUDGET = 100;

const collect =
  (name: string) =>
  (text: string, all: readonly number[]): number[] => [...all, nonNegative(name)(text)];

/** Parses `board:energy=5`, `board:throughput=200` (at least), or `board:energy` for an axis of the front. */
function limitNamed(text: string): MetricLimit {
  const field = '--limit';
  const [, device, metric, bound] = /^(.+?):([^=]+)(?:=(.+))?$/.exec(text) ?? [];
  if (device === undefined) throw new InputError(`${quote(text)} is not device:metric=bound`, { field });
  return {
    device,
    metric: metricNamed(metric, field),
    bound: bound === undefined ? undefined : nonNegative('limit')(bound),
  };
}

/**
 * The limits of --max-energy and similar options, one for each device, and those of --limit.
 *
 * @throws InputError unless there are as many limits as devices
 */
function metricLimits({ device = [], maxEnergy, maxPower, maxMemory, limit }: SearchFlags): MetricLimit[] {
  const named = { energy: maxEnergy, power: maxPower, memory: maxMemory };
  const perDevice = Object.entries(named).flatMap(([name, all]) => {
    if (all.length > 0 && all.length !== device.length) {
      throw new InputError(
        `${device.length} --device and ${all.length} --max-${name} were given; each device needs its limit`,
      );
    }
    return all.map((bound, i) => ({ device: device[i], metric: metricNamed(name), bound }));
  });
  return [...perDevice, ...limit];
}

/** `tempograph search`: finds the best network while training few. */
export function registerSearch(command: Command): void {
  const strategies = strategyKinds.map(({ name, description }) => `  ${name.padEnd(10)} ${description}`);
  command
    .addOption(spaceOption())
    .option('--strategy <name>', 'strategy that decides which networks are trained, see below', 'brp')
    .option('--set <option=value...>', "other values for the strategy's options", [])
    .option('--accuracy <file:column>', 'CSV with a column of accuracies of trained networks')
    .option('--evaluator <command>', 'trains {arch}; the last line of its stdout must be {"accuracy": …}')
    .option(
      '--one-shot <folder>',
      'judges networks by the shared weights of a supernet that tempograph one-shot trained, in its space',
    )
    .option(
      '--timeout <s>',
      'seconds after which an attempt of the command is killed (default: never)',
      nonNegative('timeout'),
    )
    .option('--retries <n>', 'further attempts after the command failed', integer('retries'), 0)
    .option('--parallel <n>', 'networks trained at the same time', integer('parallel', 1), 1)
    .option(
      '--budget <n>',
      'networks to train (default: 100, or the budget in the log); with --resume a greater number extends the run',
      integer('budget', 1),
    )
    .addOption(
      new Option(
        '--objective <name>',
        'what to maximise: accuracy, or pareto: the front of accuracy and latencies or other metrics',
      )
        .choices(['accuracy', 'pareto'])
        .default('accuracy'),
    )
    .option('--device <name...>', 'devices that each have a limit or an axis of the front', [])
    .option(
      '--max-latency <ms...>',
      'their latency limits in milliseconds, one for each device',
      collect('max-latency'),
      [],
    )
    .option(
      '--max-energy <mj...>',
      'limits of their energy in millijoules, one for each device',
      collect('max-energy'),
      [],
    )
    .option('--max-power <w...>', 'limits of their power in watts', collect('max-power'), [])
    .option('--max-memory <mb...>', 'limits of their memory in megabytes', collect('max-memory'), [])
    .option(
      '--limit <device:metric=bound...>',
      'limits of any metric of any device, in its unit: board:co2:g=3 means at most 3; board:throughput=200 at least 200, because more is better; without =bound the metric is an axis of the front',
      (text: string, all: readonly MetricLimit[]) => [...all, limitNamed(text)],
      [],
    )
    .option('--measured <file>', 'CSV with measurements of the devices, instead of predictors')
    .addOption(new Option('--latency <file>', 'as --measured').hideHelp())
    .option('--models <folder>', 'folder of predictors', shippedModels)
    .option(
      '--confidence <share>',
      'probability with which a network must stay within its limits, by the intervals of the predictions; 0.5 to 0.95',
      numberInRange('confidence', 0.5, 0.95),
      DEFAULT_CONFIDENCE,
    )
    .option(
      '--margin <percent>',
      'instead: share by which every prediction must stay below its limit',
      nonNegative('margin'),
    )
    .option(
      '--measure <runner>',
      'learn where the limit lies by measuring: a command that measures an ONNX file on the device, file.csv:device, or a service whose workers measure (http://host:8080)',
    )
    .option('--measure-budget <n>', 'networks that --measure may measure', integer('measure-budget', 1), 20)
    .option(
      '--pool-file <file.json>',
      'operators that networks may have, as written by tempograph pool --out',
    )
    .option('--proxy <file:column...>', 'cheap scores of every network, which brp learns to use', [])
    .option('--pretrain <file:device>', "latencies on which brp's predictor is pre-trained")
    .option('--codesign <weights>', 'search for pairs of a network and an accelerator, see below')
    .option(
      '--max-area <mm2>',
      'with --codesign: limit of the accelerator’s area, mm²',
      nonNegative('max-area'),
    )
    .option(
      '--min-accuracy <percent>',
      'with --codesign: pairs with a lower accuracy, in %, are penalised',
      nonNegative('min-accuracy'),
    )
    .option('--seed <n>', 'seed of all random choices', integer('seed'), 1)
    .option('--seeds <n>', 'runs, each with the next seed', integer('seeds', 1), 1)
    .option('--log <file>', "the run's log, JSON lines; with several seeds a folder of logs")
    .option(
      '--resume',
      'continue the run in --log where it stopped or ended (default log: runs/<space>-<strategy>-<seed>.jsonl)',
    )
    .option(
      '--warm-start <log...>',
      'logs of earlier searches, or folders of logs: their results are known from the start and cost no budget',
    )
    .option('--plot <file.svg>', 'plot best accuracy against trained networks')
    .option(
      '--report <file.html>',
      'write a page with the curve, accuracy against latency and drawings of the best networks, and a .json beside it',
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Strategies:
${strategies.join('\n')}

A network whose latency is over a limit is never trained. Isomorphic networks are one candidate. --resume continues a run
that was killed, with the same result as an uninterrupted run. With a greater --budget it also extends a run that has
ended, by the plan that its strategy made for the first budget.

Use --measure for a limit on a device of which few measurements are known. It takes a runner as for tempograph measure,
or the address of a service with workers on that device (if the service requires an API key, set TEMPOGRAPH_KEY). A fifth
of the measurements goes to networks that may be above or below the limit, the rest to each trained network that is the
best so far, and at the end to the best ones until one is within the limit: that network is returned.

With --codesign a candidate is a pair of a network and one of ${CONFIGURATIONS.toLocaleString('en')} accelerators, the budget counts pairs, and the
search maximises a reward: the weights are those of area, latency and accuracy. The published scenarios are 0.1,0.8,0.1
without limits, 0.1,0,0.9 with --max-latency, and 0,1,0 with --min-accuracy and --max-area. A network is evaluated once,
however many accelerators it is paired with; a pair over the limit of latency or area never is. tempograph codesign
computes the exact frontier to compare results with.

Examples:
  $ tempograph search --space nasbench201 --strategy brp --accuracy accuracy.csv.gz:cifar100 --budget 100 --seeds 20
  $ tempograph search --evaluator "python train.py {arch}" --device pixel3 --max-latency 10 --budget 50 --log run.jsonl
  $ tempograph search --evaluator "python train.py {arch}" --device pixel3 --max-latency 10 --budget 80 --log run.jsonl --resume
  $ tempograph search --evaluator "python train.py {arch}" --device my_phone --max-latency 20 --measure ./on-phone.sh
  $ tempograph search --evaluator "python train.py {arch}" --device my_phone --max-latency 20 --measure http://localhost:8080
  $ tempograph search --evaluator "python train.py {arch}" --device board --max-latency 10 --max-energy 5 --models models --log run.jsonl
  $ tempograph search --evaluator "python train.py {arch}" --device board --max-latency 8 --warm-start runs/ --budget 20 --log runs/board.jsonl
  $ tempograph search --evaluator "python train.py {arch}" --objective pareto --limit board:energy board:throughput=200
  $ tempograph search --space mnasnet --pool-file pool.json --evaluator "python train.py {arch}" --budget 100
  $ tempograph search --strategy combined --codesign 0.1,0,0.9 --max-latency 3 --accuracy accuracy.csv.gz:cifar100 --budget 500`,
    )
    .action((flags: SearchFlags) => {
      const kept = flags.log !== undefined || flags.resume === true;
      const said = kept ? 'continue with --resume' : 'nothing is kept without --log';
      return orInterrupted(said, (signal) => search(flags, signal));
    });
}

/** The log to resume if none is named: `runs/my-space-brp-1.jsonl`, or `runs` with several seeds. */
function defaultLog({ space, strategy, seed, seeds }: SearchFlags): string {
  const log = seeds > 1 ? 'runs' : join('runs', `${parse(space).name}-${strategy}-${seed}.jsonl`);
  console.error(`the log is ${log}`);
  return log;
}

/** @throws InputError for pairs, whose rewards are not accuracies, and for logs of another task */
async function warmStartOf(
  flags: SearchFlags,
  { pool, described }: PreparedSearch,
): Promise<WarmStart | undefined> {
  const { warmStart: paths, codesign, seed, seeds } = flags;
  if (paths === undefined) return undefined;
  if (codesign !== undefined) {
    throw new InputError('cannot be used with --codesign: rewards of pairs are not accuracies', {
      field: '--warm-start',
    });
  }
  const own = Array.from({ length: seeds }, (_, i) => logOf(flags, seed + i) ?? []).flat();
  const found = await readWarmStart(paths, { pool, evaluator: described.evaluator, own });
  sayWarmStart(found);
  return found;
}

/** Measures through a service's workers if `--measure` is the address of a service. */
function fleetOf({ measure, device: [device] = [], space }: SearchFlags): Measurer | undefined {
  if (measure === undefined || device === undefined || !/^https?:\/\//.test(measure)) return undefined;
  const key = process.env.TEMPOGRAPH_KEY || undefined;
  const client = new TempographClient({ url: measure, key, onRetry: sayRetry });
  const onWait = (architecture: string) =>
    console.error(
      `${architecture} waits for a worker; start one on the device: tempograph measure --server ${measure} --device ${device}`,
    );
  return fleetMeasurer({ client, device, space: spaceNamed(space), onWait });
}

/** What searches a supernet's space, judged by it. @throws InputError for options that it does not go with */
async function withOneShot(
  flags: SearchFlags & { oneShot: string },
): Promise<SearchFlags & { evaluator: OneShotEvaluator }> {
  const { oneShot, evaluator, accuracy, codesign } = flags;
  const field = '--one-shot';
  if (evaluator !== undefined || accuracy !== undefined || codesign !== undefined) {
    throw new InputError('goes without --accuracy, --evaluator and --codesign: it judges networks itself', {
      field,
    });
  }
  const { openOneShot, spaceOfOneShot } = await import('../src/supernet/one-shot-folder.js');
  const judging = await openOneShot(oneShot);
  return { ...flags, space: spaceOfOneShot(oneShot), evaluator: judging };
}

async function search(flags: SearchFlags, signal: AbortSignal): Promise<void> {
  const { oneShot } = flags;
  if (oneShot === undefined) return searchBy(flags, signal);
  const judged = await withOneShot({ ...flags, oneShot });
  await searchBy(judged, signal).finally(() => judged.evaluator.release());
}

async function searchBy(given: SearchFlags, signal: AbortSignal): Promise<void> {
  const named = { ...given, log: given.log ?? (given.resume ? defaultLog(given) : undefined) };
  const flags = { ...named, budget: budgetFor(named, DEFAULT_BUDGET) };
  const options = strategyNamed(flags.strategy).optionsWith(optionsOf(flags.set));
  const { codesign } = flags;
  if (flags.report !== undefined) await prepareOutput(flags.report, '--report');
  if (flags.plot !== undefined) await prepareOutput(flags.plot, '--plot');
  const measuredFile = flags.log === undefined ? undefined : `${flags.log}.latencies`;
  const source =
    codesign === undefined
      ? await prepareSearch({
          ...flags,
          measuredFile,
          signal,
          measurer: fleetOf(flags),
          latency: flags.measured ?? flags.latency,
          limits: metricLimits(flags),
        })
      : await prepareCodesign({ ...flags, codesign });
  const warmStart = await warmStartOf(flags, source);
  const runs: Run[] = [];
  for (let seed = flags.seed; seed < flags.seed + flags.seeds && !signal.aborted; seed++) {
    runs.push(await runWithBar({ ...flags, options, warmStart }, source, seed, signal));
  }
  const { pool, optimum } = source;
  const curve = meanCurve(runs.map(({ trials }) => bestSoFar(trials)));
  if (flags.plot !== undefined) {
    const { curvePlot, LABELS_OF_PAIRS } = await import('../src/search/report/curve-plot.js');
    const [what, labels] = codesign === undefined ? ['networks trained'] : ['pairs', LABELS_OF_PAIRS];
    const title = `${flags.strategy} on ${flags.space}`;
    const subtitle = `${flags.budget} of ${pool.size.toLocaleString('en')} ${what}, ${runs.length} run(s)`;
    await writeOutput(
      flags.plot,
      curvePlot({ title, subtitle, curves: [{ name: flags.strategy, points: curve }], optimum, labels }),
    );
  }
  if (flags.report !== undefined) await writeReport(flags.report, flags, source, runs);
  if (flags.json) {
    console.log(JSON.stringify(report(flags, pool, runs, curve, optimum), null, 2));
  } else {
    printRuns(flags, pool, runs, optimum);
  }
  signal.throwIfAborted();
}
