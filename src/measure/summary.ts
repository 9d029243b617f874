import { sum } from 'simple-statistics';
import { Drift } from './drift.js';
import type { JournalEntry } from './journal.js';
import { interquartileMean, type Quartiles, quartiles } from './statistics.js';

/** One network's latency, and how sure it is. Times are milliseconds at the machine's baseline speed. */
export interface MeasuredNetwork extends Quartiles {
  readonly architecture: string;
  /** Interquartile mean over the groups of the interquartile mean of each. */
  readonly latencyMs: number;
  readonly groups: number;
  /** All runs that count; median and quartiles are theirs. */
  readonly runs: number;
  readonly warmUps: number;
  /** Standard error of the latency over its groups, as a share of it; not a number with one group. */
  readonly standardError: number;
}

export interface CampaignSummary {
  readonly networks: readonly MeasuredNetwork[];
  /** Networks without a single group, by what went wrong at last. */
  readonly failures: ReadonlyMap<string, string>;
  readonly drift: Drift;
  /** Share of the groups whose warm-up reached its limit. */
  readonly unsettled: number;
  /** Share of the runs that another process interrupted. */
  readonly interrupted: number;
}

/**
 * What a journal says about each network, in the order in which they first came: runs are divided by how slow the
 * machine was at the time, then interquartile means inside the groups and over them (as LatBench does).
 */
export function summarise(entries: readonly JournalEntry[], baselineMs?: number): CampaignSummary {
  const drift = new Drift(entries, baselineMs);
  const groups = new Map<string, Extract<JournalEntry, { kind: 'network' }>[]>();
  const failures = new Map<string, string>();
  for (const entry of entries) {
    if (entry.kind === 'failure') failures.set(entry.architecture, entry.reason);
    if (entry.kind !== 'network') continue;
    const known = groups.get(entry.architecture);
    if (known) known.push(entry);
    else groups.set(entry.architecture, [entry]);
  }
  const networks = [...groups].map(([architecture, of]): MeasuredNetwork => {
    failures.delete(architecture);
    const corrected = of.map(({ runsMs, at }) => runsMs.map((ms) => ms / drift.at(at)));
    const means = corrected.map(interquartileMean);
    const latencyMs = interquartileMean(means);
    return {
      architecture,
      latencyMs,
      ...quartiles(corrected.flat()),
      groups: of.length,
      runs: corrected.flat().length,
      warmUps: sum(of.map(({ warmUps }) => warmUps)),
      standardError: means.length > 1 ? standardError(means) / latencyMs : Number.NaN,
    };
  });
  const all = [...groups.values()].flat();
  const interrupted = sum(all.map((group) => group.interrupted));
  return {
    networks,
    failures,
    drift,
    unsettled: all.filter(({ stable }) => !stable).length / all.length,
    interrupted: interrupted / (interrupted + sum(all.map(({ runsMs }) => runsMs.length))),
  };
}

/** From the distance of the quartiles, which is 1.349 standard deviations of a normal distribution. */
function standardError(values: readonly number[]): number {
  const { q1, q3 } = quartiles(values);
  return (q3 - q1) / 1.349 / Math.sqrt(values.length);
}
