import type { RunRecord } from '../run-log.js';
import type { Outcome } from '../trial.js';

/** A trial as a table has it; what is not known is left out. */
export interface ReportedTrial {
  readonly number: number;
  /** -1 of what an earlier run has trained. */
  readonly round: number;
  readonly arch: string;
  readonly reason: string;
  /** Percent. */
  readonly accuracy?: number;
  readonly reward?: number;
  readonly seconds?: number;
  /** Why it failed. */
  readonly error?: string;
}

/** Every trial of a run's log in the order of their numbers, failed ones and those without an outcome too. */
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
