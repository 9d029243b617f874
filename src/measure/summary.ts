import { sum } from 'simple-statistics';
import { MachineDrift } from './drift.js';
import type { JournalEntry, NetworkEntry } from './journal.js';
import { interquartileMean, type Quartiles, quartiles } from './statistics.js';

/** One network's latency and its uncertainty. Times are in ms at the machine's baseline speed. */
export interface MeasurementSummary extends Quartiles {
  readonly architecture: string;
  /** Interquartile mean over the groups of the interquartile mean of each. */
  readonly latencyMs: number;
  readonly groups: number;
  /** The value of each group, in order. */
  readonly groupsMs: readonly number[];
  /** Number of runs that count; median and quartiles are over them. */
  readonly runs: number;
  readonly warmUps: number;
  /** CPU time in ms, averaged like the latency; undefined if the target does not know it. */
  readonly cpuMs?: number;
  /** Other metrics by `metricKey`, in their units: averaged like the latency, but not corrected for drift. */
  readonly values: Readonly<Record<string, number>>;
  /** Relative standard error of the latency over its groups; NaN with one group. */
  readonly standardError: number;
}

export interface CampaignSummary {
  readonly networks: readonly MeasurementSummary[];
  /** Networks without a single group, with the reason for their last failure. */
  readonly failures: ReadonlyMap<string, string>;
  readonly drift: MachineDrift;
  /** Share of the groups whose warm-up reached its limit. */
  readonly unsettled: number;
  /** Share of the runs that another process interrupted. */
  readonly interrupted: number;
}

/**
 * Summarises a journal by network, in the order in which the networks first appear. Runs are divided by the
 * slowness of the machine at the time; then interquartile means are taken inside the groups and over them (as
 * in LatBench). Groups that alternated with the reference use CPU time, and the lower quartile inside the
 * group.
 */
export function summarise(entries: readonly JournalEntry[], baselineMs?: number): CampaignSummary {
  const drift = new MachineDrift(entries, baselineMs);
  const groups = new Map<string, NetworkEntry[]>();
  const failures = new Map<string, string>();
  for (const entry of entries) {
    if (entry.kind === 'failure') failures.set(entry.architecture, entry.reason);
    if (entry.kind !== 'network') continue;
    const known = groups.get(entry.architecture);
    if (known) known.push(entry);
    else groups.set(entry.architecture, [entry]);
  }
  const networks = [...groups].map(([architecture, of]): MeasurementSummary => {
    failures.delete(architecture);
    const corrected = of.map((group) => divided(timesOf(group), drift.of(group)));
    const means = corrected.map((runs, i) =>
      of[i].referenceCpuMs ? quartiles(runs).q1 : interquartileMean(runs),
    );
    const cpuMeans = of.flatMap((group) =>
      group.cpuMs ? [interquartileMean(divided(group.cpuMs, drift.of(group)))] : [],
    );
    const latencyMs = interquartileMean(means);
    return {
      architecture,
      latencyMs,
      groupsMs: means,
      cpuMs: cpuMeans.length > 0 ? interquartileMean(cpuMeans) : undefined,
      ...quartiles(corrected.flat()),
      groups: of.length,
      runs: corrected.flat().length,
      warmUps: sum(of.map(({ warmUps }) => warmUps)),
      values: valuesOf(of),
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

/** For every metric besides latency: the interquartile mean over the groups of each group's interquartile mean. */
function valuesOf(groups: readonly NetworkEntry[]): Record<string, number> {
  const names = new Set(groups.flatMap(({ values = {} }) => Object.keys(values)));
  return Object.fromEntries(
    [...names].map((name) => {
      const means = groups.flatMap(({ values }) => (values?.[name] ? [interquartileMean(values[name])] : []));
      return [name, interquartileMean(means)];
    }),
  );
}

/** The metrics besides latency that any of the networks has, by `metricKey`. */
export function otherMetrics({ networks }: CampaignSummary): string[] {
  return [...new Set(networks.flatMap(({ values }) => Object.keys(values)))];
}

/** The times of a group that count: waiting time, or CPU time if it alternated with the reference. */
function timesOf({ runsMs, cpuMs, referenceCpuMs }: NetworkEntry): readonly number[] {
  return (referenceCpuMs && cpuMs) ?? runsMs;
}

function divided(times: readonly number[], by: number): number[] {
  return times.map((time) => time / by);
}

/** From the distance between the quartiles, which is 1.349 standard deviations for a normal distribution. */
function standardError(values: readonly number[]): number {
  const { q1, q3 } = quartiles(values);
  return (q3 - q1) / 1.349 / Math.sqrt(values.length);
}
