import { existsSync } from 'node:fs';
import { type Static, Type } from '#typebox';
import { Check } from '#typebox/schema';
import { InputError } from '../base/errors.js';
import { JsonLinesFile, readJsonLines } from '../base/json-lines.js';

const RunHeader = Type.Object({
  event: Type.Literal('search'),
  format: Type.Literal('tempograph-search/1'),
  /** Everything that determines the run, except the evaluator's answers. */
  task: Type.Record(Type.String(), Type.Unknown()),
  startedAt: Type.String(),
});

const RoundProposed = Type.Object({
  event: Type.Literal('round'),
  round: Type.Integer(),
  /**
   * Number of outcomes known when the round was chosen, if others arrived meanwhile; if absent, all earlier
   * ones in the log.
   */
  after: Type.Optional(Type.Integer()),
  trials: Type.Array(
    Type.Object({
      number: Type.Integer(),
      arch: Type.String(),
      reason: Type.String(),
      parent: Type.Optional(Type.Integer()),
      /** In round -1: the result of an earlier run. */
      accuracy: Type.Optional(Type.Number()),
    }),
  ),
});

const TrialTold = Type.Object({
  event: Type.Literal('told'),
  number: Type.Integer(),
  outcome: Type.Union([
    Type.Object({
      accuracy: Type.Number(),
      reward: Type.Optional(Type.Number()),
      seconds: Type.Optional(Type.Number()),
      details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    }),
    Type.Object({ error: Type.String(), seconds: Type.Optional(Type.Number()) }),
  ]),
});

/** A run that had ended or was cut off is extended to train more networks. */
const RunExtended = Type.Object({ event: Type.Literal('extended'), budget: Type.Integer() });

const RunEvent = Type.Union([RoundProposed, TrialTold]);
const LogLine = Type.Union([RunEvent, RunExtended]);
export type RunHeader = Static<typeof RunHeader>;
export type RunEvent = Static<typeof RunEvent>;

/** The content of a run's log. */
export interface RunRecord {
  readonly header: RunHeader;
  /** Number of networks to train, after the last extension; undefined if its task has none. */
  readonly budget?: number;
  readonly events: readonly RunEvent[];
  /** The line of each event; the header is line 1. */
  readonly lines: readonly number[];
}

/** Receives a search's events before it acts on them. */
export interface EventSink {
  append(event: RunEvent): void;
}

/**
 * A run's log: JSON lines, the first being its header, each on disk (fsync) before the run continues. A line
 * that a kill cut off is dropped when the log is opened again.
 */
export class RunLog implements EventSink {
  private constructor(
    private readonly file: JsonLinesFile,
    readonly record: RunRecord,
  ) {}

  /**
   * Opens a run's log, or begins one. A budget greater than the log's extends the run.
   *
   * @throws InputError if the file is not such a log, or belongs to another task
   */
  static open(path: string, task: Record<string, unknown>): RunLog {
    const begun = parseLog(path);
    if (begun) {
      const { header, budget } = begun.record;
      const extended = typeof task.budget === 'number' && budget !== undefined && task.budget > budget;
      const given = extended ? { ...task, budget } : task;
      const difference = differingField({ ...header.task, budget }, given);
      if (difference) throw new InputError(difference, { file: path, line: 1 });
      const log = new RunLog(JsonLinesFile.open(path, begun.bytes), begun.record);
      if (extended) log.file.append({ event: 'extended', budget: task.budget });
      return log;
    }
    const file = JsonLinesFile.open(path, 0);
    const header: RunHeader = {
      event: 'search',
      format: 'tempograph-search/1',
      task,
      startedAt: new Date().toISOString(),
    };
    file.append(header);
    return new RunLog(file, { header, events: [], lines: [] });
  }

  append(event: RunEvent): void {
    this.file.append(event);
  }

  close(): void {
    this.file.close();
  }
}

/**
 * Reads a run's log without opening it for writing.
 *
 * @throws InputError if it is missing or damaged
 */
export function readRun(path: string): RunRecord {
  if (!existsSync(path)) throw new InputError('there is no such file', { file: path });
  const parsed = parseLog(path);
  if (!parsed) throw new InputError('the log is empty', { file: path });
  return parsed.record;
}

/**
 * The content of the log of a run that was begun; undefined if there is none.
 *
 * @throws InputError if it is not such a log, or damaged
 */
export function begunRun(path: string): RunRecord | undefined {
  return parseLog(path)?.record;
}

/** The budget with which a run was begun. Its strategy's plan is for this number, even if the run is extended later. */
export function plannedBudgetOf({ header }: Pick<RunRecord, 'header'>): number | undefined {
  const { budget } = header.task;
  return typeof budget === 'number' ? budget : undefined;
}

/** The content of the log and its length in bytes; undefined if even the header is incomplete. */
function parseLog(file: string): { record: RunRecord; bytes: number } | undefined {
  const { values, bytes, rest } = readJsonLines(file);
  if (values.length === 0) {
    // A run killed while writing its header left part of one. Nothing else may be overwritten.
    if (rest === '' || '{"event":"search"'.startsWith(rest.slice(0, 17))) return undefined;
    throw new InputError('this is not the log of a search', { file });
  }
  const [header, ...events] = values;
  if (!Check(RunHeader, header)) {
    throw new InputError('this is not the log of a search', { file, line: 1 });
  }
  const checked = events.map((event, i) => {
    if (Check(LogLine, event)) return event;
    throw new InputError('neither a round, nor the outcome of a trial, nor a greater budget', {
      file,
      line: i + 2,
    });
  });
  const extended = checked.findLast((line) => line.event === 'extended');
  const record: RunRecord = {
    header,
    budget: extended?.budget ?? plannedBudgetOf({ header }),
    events: checked.filter((line) => line.event !== 'extended'),
    lines: checked.flatMap((line, i) => (line.event === 'extended' ? [] : [i + 2])),
  };
  return { record, bytes };
}

/**
 * The field in which two tasks differ, in words, if they do. The number of parallel trainings only affects
 * the order of outcomes.
 */
function differingField(logged: Record<string, unknown>, given: Record<string, unknown>): string | undefined {
  const text = (value: unknown) => JSON.stringify(value) ?? 'nothing';
  const names = new Set([...Object.keys(logged), ...Object.keys(given)]);
  names.delete('parallel');
  for (const name of names) {
    if (text(logged[name]) === text(given[name])) continue;
    return `the log is of a run with ${name} ${text(logged[name])}, not ${text(given[name])}; name another log, or delete this one`;
  }
  return undefined;
}
