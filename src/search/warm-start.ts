import { resolve } from 'node:path';
import { mean } from 'simple-statistics';
import { InputError, quote } from '../base/errors.js';
import type { Architecture, SearchSpace } from '../spaces/space.js';
import { assertPercentages } from './evaluators/percentages.js';
import { logsIn } from './logs-in.js';
import { type CandidatePool, isomorphismClass } from './pool.js';
import { type RunRecord, readRun } from './run-log.js';
import { isKnown } from './trial.js';

/** Results of earlier searches for a new one. */
export interface WarmStart {
  /** As given: logs, or folders of them. */
  readonly paths: readonly string[];
  /** In ascending order of accuracy. */
  readonly known: readonly KnownResult[];
  /** Number of trials in those logs without a result: failed, or without an outcome. */
  readonly withoutResult: number;
  /** Number of networks that may not be chosen now: over a limit, or outside the table. */
  readonly outside: number;
  /** Commands that trained them, other than the current one. */
  readonly otherEvaluators: readonly string[];
}

/** A candidate that was trained by an earlier search. */
export interface KnownResult {
  readonly candidate: number;
  /** In percent; the mean if it was trained several times. */
  readonly accuracy: number;
  /** The log or search that it comes from; the first of several. */
  readonly from: string;
}

/** The new search. */
export interface WarmStartTask {
  readonly pool: CandidatePool;
  /** As in its log: a table's `file:column`, a command, or `code`. */
  readonly evaluator: unknown;
  /** Logs that it writes itself, which may be in one of the given folders. */
  readonly own?: readonly string[];
}

/** An earlier search's result for a network. */
export interface EarlierResult {
  readonly architecture: Architecture;
  /** In percent. */
  readonly accuracy: number;
  /** Name of the search. */
  readonly from: string;
}

/**
 * Reads the results of earlier searches, and admits their networks to the pool where possible.
 *
 * @throws InputError that names the file and line of anything that is not a log, is of another space, or
 *   holds accuracies of another kind
 */
export async function readWarmStart(
  paths: readonly string[],
  { pool, evaluator, own = [] }: WarmStartTask,
): Promise<WarmStart> {
  const written = new Set(own.map((path) => resolve(path)));
  const logs = (await Promise.all(paths.map(logsIn))).flat().filter((path) => !written.has(resolve(path)));
  if (logs.length === 0) {
    throw new InputError(`there is no log of an earlier search (*.jsonl) in ${paths.join(', ')}`, {
      field: '--warm-start',
    });
  }
  const others = new Set<string>();
  let withoutResult = 0;
  const results = logs.flatMap((log) => {
    const record = readRun(log);
    const other = assertComparable(log, record, pool.space, evaluator);
    if (other !== undefined) others.add(other);
    const own = resultsOf(log, record, pool.space);
    withoutResult += trialsOf(record) - own.length;
    return own;
  });
  return { paths, ...(await knownResults(pool, results)), withoutResult, otherEvaluators: [...others] };
}

/**
 * The results of earlier searches for networks that may be chosen now. They are admitted to the pool in the
 * order in which they are known, so that a resumed run can restore it from its log.
 */
export async function knownResults(
  pool: CandidatePool,
  results: readonly EarlierResult[],
): Promise<Pick<WarmStart, 'known' | 'outside'>> {
  const byClass = new Map<string, EarlierResult[]>();
  for (const result of results) {
    const key = isomorphismClass(pool.space, result.architecture);
    byClass.set(key, [...(byClass.get(key) ?? []), result]);
  }
  const merged = Array.from(byClass.values(), (same) => ({
    ...same[0],
    accuracy: mean(same.map(({ accuracy }) => accuracy)),
    results: same.length,
  })).sort((a, b) => a.accuracy - b.accuracy);
  const candidates = await pool.admit(merged.map(({ architecture }) => architecture));
  const known: KnownResult[] = [];
  let outside = 0;
  for (const [i, { accuracy, from, results }] of merged.entries()) {
    const candidate = candidates[i];
    if (candidate === undefined) outside += results;
    else known.push({ candidate, accuracy, from });
  }
  return { known, outside };
}

/**
 * @returns the evaluator, if it is a command other than the current one
 * @throws InputError for a log of another space, or of other accuracies
 */
function assertComparable(
  file: string,
  { header: { task } }: RunRecord,
  space: SearchSpace,
  evaluator: unknown,
): string | undefined {
  if (task.space !== space.name) {
    throw new InputError(`its networks are of ${quote(task.space)}, not of ${space.name}`, { file, line: 1 });
  }
  if (task.evaluator === evaluator || typeof task.evaluator !== 'string') return undefined;
  const [theirs, ours] = [task.evaluator, evaluator].map(columnOf);
  if (theirs !== undefined && ours !== undefined && theirs !== ours) {
    throw new InputError(`its accuracies are of column ${theirs}, not ${ours}`, { file, line: 1 });
  }
  return task.evaluator;
}

/** The column of `accuracy.csv.gz:cifar100`; undefined for a command. */
function columnOf(evaluator: unknown): string | undefined {
  return typeof evaluator === 'string' ? /\.csv(?:\.gz)?:([^:]+)$/i.exec(evaluator)?.[1] : undefined;
}

function trialsOf({ events }: RunRecord): number {
  const own = events.flatMap((event) => (event.event === 'round' && !isKnown(event) ? event.trials : []));
  return own.length;
}

/** The results of networks that the run trained itself. */
function resultsOf(file: string, { events, lines }: RunRecord, space: SearchSpace): EarlierResult[] {
  const architectures = new Map<number, Architecture>();
  const results: EarlierResult[] = [];
  events.forEach((event, i) => {
    const at = { file, line: lines[i] };
    // Results that it took from others are in their own logs.
    if (event.event === 'round' && !isKnown(event)) {
      for (const { number, arch } of event.trials) {
        architectures.set(number, readArchitecture(arch, space, at));
      }
    }
    if (event.event !== 'told' || 'error' in event.outcome) return;
    const { accuracy, reward } = event.outcome;
    if (reward !== undefined) {
      throw new InputError(`network ${event.number} has a reward of its own, which is not an accuracy`, at);
    }
    const architecture = architectures.get(event.number);
    if (!architecture) throw new InputError(`there is no network ${event.number}`, at);
    results.push({ architecture, accuracy, from: file });
  });
  const accuracies = Float64Array.from(results, ({ accuracy }) => accuracy);
  if (accuracies.length > 0) assertPercentages(accuracies, { file, column: 'accuracy' });
  return results;
}

function readArchitecture(
  text: string,
  space: SearchSpace,
  at: { readonly file: string; readonly line: number },
): Architecture {
  try {
    return space.parse(text);
  } catch (error) {
    throw error instanceof InputError ? new InputError(error.message, at) : error;
  }
}
