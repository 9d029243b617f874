import { resolve } from 'node:path';
import { mean } from 'simple-statistics';
import { InputError, quote } from '../base/errors.js';
import type { Architecture, SearchSpace } from '../spaces/space.js';
import { assertPercentages } from './evaluators/percentages.js';
import { logsIn } from './logs-in.js';
import { type CandidatePool, isomorphismClass } from './pool.js';
import { type RunRecord, readRun } from './run-log.js';
import { isKnown } from './trial.js';

/** What earlier searches found out, for one that begins. */
export interface WarmStart {
  /** As they were named: logs, or folders of them. */
  readonly paths: readonly string[];
  /** The least accurate first. */
  readonly known: readonly KnownResult[];
  /** Trials of those logs that say nothing: failed, or without an outcome. */
  readonly withoutResult: number;
  /** Networks that may not be chosen now: over a limit, or outside the table. */
  readonly outside: number;
  /** Commands that trained them, other than the one that trains now. */
  readonly otherEvaluators: readonly string[];
}

/** A candidate that an earlier search has trained. */
export interface KnownResult {
  readonly candidate: number;
  /** Percent; the mean where it was trained several times. */
  readonly accuracy: number;
  /** The log or search, of several the first. */
  readonly from: string;
}

/** The search that begins. */
export interface WarmStartTask {
  readonly pool: CandidatePool;
  /** As its log says: a table's `file:column`, a command, or `code`. */
  readonly evaluator: unknown;
  /** Logs that it writes itself: they may be in a folder that is named. */
  readonly own?: readonly string[];
}

/** What an earlier search found out about a network. */
export interface EarlierResult {
  readonly architecture: Architecture;
  /** Percent. */
  readonly accuracy: number;
  /** The search. */
  readonly from: string;
}

/**
 * Reads the results of earlier searches, and brings those networks into the pool that may be in it.
 *
 * @throws InputError naming file and line of what is no log, is of another space, or holds no accuracies of the same kind
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
 * What earlier searches found out about networks that may be chosen now; they come into the pool in the order in which they
 * are known, so that a run that goes on restores it from its log.
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
 * @returns the evaluator, where it is another command than the one that trains now
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

/** Of `accuracy.csv.gz:cifar100`; undefined for a command. */
function columnOf(evaluator: unknown): string | undefined {
  return typeof evaluator === 'string' ? /\.csv(?:\.gz)?:([^:]+)$/i.exec(evaluator)?.[1] : undefined;
}

function trialsOf({ events }: RunRecord): number {
  const own = events.flatMap((event) => (event.event === 'round' && !isKnown(event) ? event.trials : []));
  return own.length;
}

/** Those that the run has trained itself. */
function resultsOf(file: string, { events, lines }: RunRecord, space: SearchSpace): EarlierResult[] {
  const architectures = new Map<number, Architecture>();
  const results: EarlierResult[] = [];
  events.forEach((event, i) => {
    const at = { file, line: lines[i] };
    // What it knew from others is in their logs.
    if (event.event === 'round' && !isKnown(event)) {
      for (const { number, arch } of event.trials) {
        architectures.set(number, readArchitecture(arch, space, at));
      }
    }
    if (event.event !== 'told' || 'error' in event.outcome) return;
    const { accuracy, reward } = event.outcome;
    if (reward !== undefined) {
      throw new InputError(`network ${event.number} has a reward of its own, which is no accuracy`, at);
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
