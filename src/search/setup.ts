import { InputError } from '../base/errors.js';
import { loadSamples } from '../datasets/load.js';
import { LATENCY, type Metric } from '../metrics/metric.js';
import { shippedModels } from '../predictors/saved/model-folder.js';
import { spaceNamed } from '../spaces/registry.js';
import type { SearchSpace } from '../spaces/space.js';
import { costName, type Limit, unlimited as noBound, withinLimits } from './constraints.js';
import { columnReference, readArchitectureTable, tableEvaluator } from './evaluators/accuracy-table.js';
import { commandEvaluator } from './evaluators/command-evaluator.js';
import type { Evaluator } from './evaluators/evaluator.js';
import { assertPercentages } from './evaluators/percentages.js';
import { costOf, DEFAULT_CONFIDENCE, type Margin } from './latency-source.js';
import { MeasuredLimit } from './limits/measured-limit.js';
import { type Measurer, measurerOf } from './limits/measurer.js';
import type { Objective } from './objective.js';
import { isWithin } from './operators/operator-pool.js';
import { readPoolFile } from './operators/pool-file.js';
import { type CandidatePool, poolOf, poolOfSpace } from './pool.js';
import type { StrategyKind, StrategyTask } from './strategies/strategy.js';

/** Where a search gets its networks, their accuracies and their latencies. */
export interface SearchSource {
  /** A space, or its name. */
  readonly space: SearchSpace | string;
  /** `file:column` of a CSV with accuracies of trained networks in percent; alternatively, give `evaluator`. */
  readonly accuracy?: string;
  /** Trains a network: a command that is given `{arch}` and prints `{"accuracy": …}`, or code. */
  readonly evaluator?: Evaluator | string;
  /** Time in s after which an attempt of the command is killed. */
  readonly timeout?: number;
  /** Further attempts if a command fails; none by default. */
  readonly retries?: number;
  readonly objective: 'accuracy' | 'pareto';
  /** Devices, each with a latency limit or as an axis of the front. */
  readonly device?: readonly string[];
  /** Their limits in ms. */
  readonly maxLatency?: readonly number[];
  /** Limits of other metrics, or axes of the front. */
  readonly limits?: readonly MetricLimit[];
  /** A CSV with measurements of the devices, used instead of predictors. */
  readonly latency?: string;
  /** Folder of predictors; by default the shipped ones. */
  readonly models?: string;
  /** Share of networks that should be within their limit, by the predictions' own intervals; 0.5 to 0.95. */
  readonly confidence?: number;
  /** Alternatively, the percentage by which every prediction must stay below its limit. */
  readonly margin?: number;
  /** A runner, or `file.csv:device`, that measures networks near the limit in order to locate it. */
  readonly measure?: string;
  /** Code that measures in place of `measure`, which is then only a description for the log. */
  readonly measurer?: Measurer;
  /** Number of networks that a run may measure. */
  readonly measureBudget?: number;
  /** File in which these measurements are kept, for resumed runs. */
  readonly measuredFile?: string;
  /** Ends the measurements that locate the limit before the search. */
  readonly signal?: AbortSignal;
  /** An operator pool (`tempograph pool --out`) that networks must stay within. */
  readonly poolFile?: string;
  /** `file:column` of cheap scores of all networks. */
  readonly proxy?: readonly string[];
  /** `file:device` with latencies on which an accuracy predictor is pretrained. */
  readonly pretrain?: string;
  readonly seed: number;
}

/**
 * Upper bound of a device's metric, or lower bound if more is better; without a bound, it is only an axis of
 * the front.
 */
export interface MetricLimit {
  readonly device: string;
  readonly metric: Metric;
  readonly bound?: number;
}

export interface PreparedSearch {
  readonly pool: CandidatePool;
  readonly evaluator: Evaluator;
  /** Strategies that this search offers instead of the registered ones. */
  readonly strategies?: readonly StrategyKind[];
  /** What the search maximises, if `--objective` does not determine it. */
  readonly objective?: Objective;
  /** What strategies may learn from besides accuracies. */
  readonly hints: Pick<StrategyTask, 'proxies' | 'pretraining' | 'operators'>;
  /** The best accuracy in the pool, if known for all of it. */
  readonly optimum?: number;
  /** By device in ms, or by the name of another cost; without mere axes of the front. */
  readonly limits?: Readonly<Record<string, number>>;
  /** If a limit is located by measuring: chooses the best network of a run that is within it. */
  readonly measuredLimit?: MeasuredLimit;
  /** Description for a run's log. */
  readonly described: Record<string, unknown>;
}

/**
 * Prepares a search: its candidate pool, evaluator, limits and hints.
 *
 * @throws InputError for incompatible options, and for anything wrong in the files; the signal's reason
 */
export async function prepareSearch(flags: SearchSource): Promise<PreparedSearch> {
  if ((flags.accuracy === undefined) === (flags.evaluator === undefined)) {
    throw new InputError(
      'say one of --accuracy <file:column>, --evaluator <command> and --one-shot <folder>',
    );
  }
  const space = typeof flags.space === 'string' ? spaceNamed(flags.space) : flags.space;
  const operators = flags.poolFile === undefined ? undefined : await readPoolFile(flags.poolFile, space);
  const { all, evaluator, accuracyOf } = await source();
  const { limits, measuredLimit } = await learnedLimits(flags, all, await limitsOf(flags, all));
  const limitsAlike = measuredLimit ? undefined : (others: CandidatePool) => limitsOf(flags, others);
  const pool = limits.length > 0 ? withinLimits(all, limits, limitsAlike) : all;
  return {
    pool,
    evaluator,
    measuredLimit,
    hints: { ...(await hintsOf(flags, pool)), operators },
    optimum: accuracyOf && pool.architectures.map(accuracyOf).reduce((a, b) => Math.max(a, b)),
    limits: Object.fromEntries(limits.filter(isBounded).map((limit) => [costName(limit), limit.bound])),
    described: {
      space: space.name,
      evaluator: describedEvaluator(flags),
      candidates: pool.size,
      limits: limits.map((limit) => ({
        device: limit.device,
        ...boundOf(limit),
        margin: flags.latency === undefined ? marginOf(flags) : null,
      })),
      ...(measuredLimit && { measure: flags.measure, measureBudget: flags.measureBudget }),
      ...(flags.poolFile !== undefined && { poolFile: flags.poolFile }),
      ...(flags.proxy?.length && { proxies: flags.proxy }),
      ...(flags.pretrain !== undefined && { pretrain: flags.pretrain }),
    },
  };

  async function source() {
    if (flags.evaluator !== undefined) {
      return {
        all: poolOfSpace(space, flags.seed, operators),
        evaluator: evaluatorOf(space, flags.evaluator, flags),
        accuracyOf: undefined,
      };
    }
    const { file, column } = columnReference(flags.accuracy ?? '', '--accuracy');
    const { architectures, values } = await readArchitectureTable(file, space, [column]);
    assertPercentages(values[column], { file, column });
    const accuracies = new Map(architectures.map((a, i) => [space.format(a), values[column][i]]));
    return {
      all: poolOf(space, operators ? architectures.filter((a) => isWithin(operators, a)) : architectures),
      evaluator: tableEvaluator(space, architectures, values[column]),
      accuracyOf: (architecture: Uint8Array) => accuracies.get(space.format(architecture)) ?? Number.NaN,
    };
  }
}

function isBounded({ metric = LATENCY, bound }: Limit): boolean {
  return bound !== noBound(metric);
}

/** A limit in a run's log; null for an axis of the front. */
function boundOf(limit: Limit): Record<string, unknown> {
  const { metric = LATENCY } = limit;
  const bound = isBounded(limit) ? limit.bound : null;
  if (metric.name === LATENCY.name) return { maxMs: bound };
  return { metric: metric.name, unit: metric.unit, [metric.better === 'less' ? 'most' : 'least']: bound };
}

/** The given evaluator, or one that runs a command. */
export function evaluatorOf(
  space: SearchSpace,
  given: Evaluator | string,
  { timeout, retries = 0 }: Pick<SearchSource, 'timeout' | 'retries'>,
): Evaluator {
  if (typeof given !== 'string') return given;
  const timeoutMs = timeout === undefined ? undefined : timeout * 1000;
  return commandEvaluator({ space, command: given, timeoutMs, retries });
}

/** What a run's log says of where accuracies come from. */
export function describedEvaluator({
  evaluator,
  accuracy,
}: Pick<SearchSource, 'evaluator' | 'accuracy'>): string | undefined {
  return typeof evaluator === 'object' ? (evaluator.describedAs ?? 'code') : (evaluator ?? accuracy);
}

/** Proxies of every candidate's accuracy, and log latencies of those that were measured. */
async function hintsOf(
  { proxy = [], pretrain }: SearchSource,
  pool: CandidatePool,
): Promise<PreparedSearch['hints']> {
  const { space, architectures } = pool;
  const proxies: Float64Array[] = [];
  for (const reference of proxy) {
    const { file, column } = columnReference(reference, '--proxy');
    const table = await readArchitectureTable(file, space, [column]);
    const values = new Map(table.architectures.map((a, i) => [space.format(a), table.values[column][i]]));
    const missing = architectures.find((a) => !values.has(space.format(a)));
    if (missing) {
      throw new InputError(
        `there must be a value for each candidate, but ${space.format(missing)} has none`,
        {
          file,
          column,
        },
      );
    }
    proxies.push(Float64Array.from(architectures, (a) => values.get(space.format(a))!));
  }
  if (pretrain === undefined) return { proxies };
  const { file, column: device } = columnReference(pretrain, '--pretrain');
  const measured = await loadSamples(file, { space, device, duplicates: 'mean' });
  const pretraining = measured.architectures.flatMap((architecture, i) => {
    const candidate = pool.candidateOf(architecture);
    return candidate === undefined ? [] : [{ candidate, value: Math.log(measured.values[i]) }];
  });
  return { proxies, pretraining };
}

/** A limit for each device and metric; an infinite one for an axis of the front. */
async function limitsOf(flags: SearchSource, pool: CandidatePool): Promise<Limit[]> {
  const {
    device: devices = [],
    maxLatency = [],
    limits: others = [],
    objective,
    models = shippedModels,
  } = flags;
  const front = objective === 'pareto';
  // The latency of a device that is only named for another metric does not count.
  const timed = maxLatency.length > 0 || front || others.length === 0 ? devices : [];
  const unlimited = front && maxLatency.length === 0;
  if (!unlimited && timed.length !== maxLatency.length) {
    throw new InputError(
      `${timed.length} --device and ${maxLatency.length} --max-latency were given; each device needs its limit`,
    );
  }
  if (front && timed.length + others.length === 0) {
    throw new InputError('a front needs at least one --device beside the accuracy', { field: '--objective' });
  }
  const wanted: MetricLimit[] = [
    ...timed.map((device, i) => ({ device, metric: LATENCY, bound: maxLatency[i] })),
    ...others,
  ];
  const limits: Limit[] = [];
  for (const { device, metric, bound = noBound(metric) } of wanted) {
    const query = { device, metric, measured: flags.latency, models, margin: marginOf(flags) };
    limits.push({ ...(await costOf(pool, query)), bound });
  }
  return limits;
}

/** The limits as given, or the limit of the single device as located by measuring. */
async function learnedLimits(
  flags: SearchSource,
  pool: CandidatePool,
  limits: readonly Limit[],
): Promise<{ limits: readonly Limit[]; measuredLimit?: MeasuredLimit }> {
  const { measure, measureBudget = 20, confidence = DEFAULT_CONFIDENCE, signal } = flags;
  if (measure === undefined) return { limits };
  const [limit, ...others] = limits;
  if (!limit || others.length > 0 || flags.limits?.length || flags.objective === 'pareto') {
    throw new InputError('measuring needs one --device with its --max-latency, and no front', {
      field: '--measure',
    });
  }
  const measurer = flags.measurer ?? (await measurerOf(pool.space, measure));
  const task = { measurer, budget: measureBudget, confidence, kept: flags.measuredFile };
  const measuredLimit = await MeasuredLimit.learn(pool, limit, task, signal);
  return { limits: [measuredLimit.limitOn(limit.device)], measuredLimit };
}

function marginOf({
  margin,
  confidence = DEFAULT_CONFIDENCE,
}: Pick<SearchSource, 'margin' | 'confidence'>): Margin {
  return margin === undefined ? { confidence } : { percent: margin };
}
