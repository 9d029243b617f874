import type { RunRecord } from '../run-log.js';
import { merit, type Outcome } from '../trial.js';

/** A summary of a run's log. */
export interface RunSummary {
  /** From the log's header: space, strategy, seed …; the budget is that of the last extension. */
  readonly task: Readonly<Record<string, unknown>>;
  readonly startedAt: string;
  readonly trained: number;
  /** Number of results of earlier runs with which it began. */
  readonly known: number;
  readonly failed: number;
  /** Number of proposed trials without an outcome, from which the run would be resumed. */
  readonly pending: number;
  readonly best?: {
    readonly arch: string;
    readonly accuracy: number;
    readonly reward?: number;
    readonly number: number;
  };
  /** Best reward (or accuracy if there is none) among the first n trained networks, in the order of the trials. */
  readonly curve: readonly number[];
}

/** Summarises a log without the pool that its run chose from. */
export function summariseRun({ header, budget, events }: Omit<RunRecord, 'lines'>): RunSummary {
  const archs: string[] = [];
  const known = new Set<number>();
  const outcomes: (Outcome | undefined)[] = [];
  for (const event of events) {
    if (event.event === 'told') outcomes[event.number - 1] = event.outcome;
    else {
      for (const { arch, number, accuracy } of event.trials) {
        archs[number - 1] = arch;
        if (accuracy === undefined) continue;
        outcomes[number - 1] = { accuracy };
        known.add(number);
      }
    }
  }
  let best: RunSummary['best'];
  const curve: number[] = [];
  let failed = 0;
  archs.forEach((arch, i) => {
    const outcome = outcomes[i];
    if (outcome === undefined) return;
    if ('error' in outcome) {
      failed++;
      return;
    }
    const { accuracy, reward } = outcome;
    if (!(best && merit(best) >= merit(outcome))) {
      best = { arch, accuracy, ...(reward !== undefined && { reward }), number: i + 1 };
    }
    if (!known.has(i + 1)) curve.push(merit(best));
  });
  const pending = archs.length - known.size - curve.length - failed;
  return {
    task: { ...header.task, budget },
    startedAt: header.startedAt,
    trained: curve.length,
    known: known.size,
    failed,
    pending,
    best,
    curve,
  };
}
