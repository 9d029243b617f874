import type { RunEvent } from '../../src/search/run-log.js';
import { isKnown } from '../../src/search/trial.js';
import type { SearchTask } from '../jobs/search-task.js';
import type { Sql } from './database.js';
import { TRIAL_COLUMNS, type TrialRow, tellTrial } from './trials.js';

/** The state of a search from which an attempt continues. */
export async function searchSoFar(
  sql: Sql,
  id: string,
): Promise<Pick<SearchTask, 'request' | 'accuracies' | 'latencies' | 'events'>> {
  const [row] = await sql.query<Pick<SearchTask, 'request' | 'accuracies' | 'latencies'>>(
    'SELECT request, accuracies, latencies FROM search WHERE id = $1',
    [id],
  );
  return { ...row, events: eventsOf(await eventRowsOf(sql, id)) };
}

type EventRow = TrialRow & { readonly told: number | null; readonly after: number | null };

async function eventRowsOf(sql: Sql, id: string): Promise<EventRow[]> {
  return sql.query(`SELECT ${TRIAL_COLUMNS}, told, after FROM trial WHERE search = $1 ORDER BY number`, [id]);
}

/** The log of a run, reconstructed from its trials. */
function eventsOf(trials: readonly EventRow[]): RunEvent[] {
  const ofEarlier = trials.filter(isKnown);
  const outcomes = trials
    .filter((trial) => !isKnown(trial))
    .flatMap((trial) => (trial.outcome ? [{ ...trial, outcome: trial.outcome }] : []))
    .sort((a, b) => (a.told ?? a.number) - (b.told ?? b.number));
  const events: RunEvent[] = [];
  let told = 0;
  const tellWhile = (isDue: (outcome: (typeof outcomes)[number]) => boolean) => {
    for (; told < outcomes.length && isDue(outcomes[told]); told++) {
      const { number, outcome } = outcomes[told];
      events.push({ event: 'told', number, outcome });
    }
  };
  const rounds = [...new Set(trials.map(({ round }) => round))];
  for (const round of rounds) {
    const ofRound = trials.filter((trial) => trial.round === round);
    const [{ number: first, after }] = ofRound;
    tellWhile(({ number }) => (after === null ? number < first : ofEarlier.length + told < after));
    events.push({
      event: 'round',
      round,
      trials: ofRound.map(({ number, architecture: arch, reason, parent, outcome }) => ({
        number,
        arch,
        reason,
        ...(parent !== null && { parent }),
        ...(isKnown({ round }) && outcome && 'accuracy' in outcome && { accuracy: outcome.accuracy }),
      })),
    });
  }
  tellWhile(() => true);
  return events;
}

/**
 * Keeps an event reported by an attempt, unless it is already known.
 *
 * @param known number of outcomes the attempt knew at that point
 */
export async function keepEvent(
  sql: Sql,
  id: string,
  event: RunEvent,
  known: number,
  latencyMs: readonly Readonly<Record<string, number>>[] = [],
): Promise<void> {
  if (event.event === 'told') {
    await tellTrial(sql, id, event.number, event.outcome);
    return;
  }
  for (const [i, { number, arch, reason, parent, accuracy }] of event.trials.entries()) {
    await sql.query(
      `INSERT INTO trial (search, number, round, architecture, reason, parent, latency_ms, after, outcome)
       VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9::jsonb) ON CONFLICT DO NOTHING`,
      [
        id,
        number,
        event.round,
        arch,
        reason,
        parent ?? null,
        JSON.stringify(latencyMs[i]),
        event.after ?? known,
        accuracy === undefined ? null : JSON.stringify({ accuracy }),
      ],
    );
  }
}
