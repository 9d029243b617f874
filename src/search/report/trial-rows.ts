import type { RunRecord } from '../run-log.js';
import type { Outcome } from '../trial.js';

/** A trial as a row of a table; unknown values are absent. */
export interface ReportedTrial {
  readonly number: number;
  /** -1 for networks trained by an earlier run. */
  readonly round: number;
  readonly arch: string;
  readonly reason: string;
  /** In percent. */
  readonly accuracy?: number;
  readonly reward?: number;
  readonly seconds?: number;
  /** Why it failed. */
  readonly error?: string;
}

/** Every trial of a run's log by number, including failed ones and those without an outcome. */
export function trialRows({ events }: Pick<RunRecord, 'events'>): ReportedTrial[] {
  const outcomes = new Map<number, Outcome>();
  for (const event of events) if (event.event === 'told') outcomes.set(event.number, event.outcome);
  return events.flatMap((event) => {
    if (event.event === 'told') return [];
    return event.trials.map(({ number, arch, reason, accuracy }) => {
      const { details: _, ...outcome } = { details: undefined, accuracy, ...outcomes.get(number) };
      return { number, round: event.round, arch, reason, ...outcome };
    });
  });
}
