import type { JournalEntry, NetworkEntry } from './journal.js';
import { interquartileMean, quartiles } from './statistics.js';

/** The machine's speed in one round: the reference's latency relative to the baseline. */
export interface RoundDrift {
  readonly round: number;
  /** Number of measurements of the reference. */
  readonly references: number;
  readonly least: number;
  readonly median: number;
  readonly greatest: number;
}

/** Deviations of the reference below this share are attributed to its own scatter, and are not corrected. */
export const DRIFT_TOLERANCE = 0.03;

/** The speed of the machine over time, from a network that is measured again and again. */
export class MachineDrift {
  private readonly times: readonly number[];
  /** Median of each reference's ratio and its two neighbours': a single bad measurement is not drift. */
  private readonly smoothed: readonly number[];
  /** Median latency of the reference over all its measurements, or the given baseline, in milliseconds. */
  readonly baselineMs: number;
  readonly rounds: readonly RoundDrift[];

  /**
   * @param baselineMs latency of the reference at the speed to correct to; by default its median (NaN without
   *   measurements), or its lower quartile if networks alternate with it, as on machines where other work
   *   slows most runs
   */
  constructor(entries: readonly JournalEntry[], baselineMs?: number) {
    const references = entries.flatMap(referenceOf).sort((a, b) => a.at - b.at);
    const latencies = references.map(({ ms }) => ms);
    this.baselineMs = baselineMs ?? usual(latencies, entries.some(isInterleaved));
    this.times = references.map(({ at }) => at);
    const all = latencies.map((latency) => latency / this.baselineMs);
    this.smoothed = all.map((_, i) => quartiles(all.slice(Math.max(0, i - 1), i + 2)).median);
    this.rounds = [...new Set(references.map(({ round }) => round))]
      .sort((a, b) => a - b)
      .map((round) => {
        const ratios = all.filter((_, i) => references[i].round === round);
        const { median } = quartiles(ratios);
        return {
          round,
          references: ratios.length,
          least: Math.min(...ratios),
          median,
          greatest: Math.max(...ratios),
        };
      });
  }

  /** The factor by which to divide latencies measured at a time; 1 unless the machine was clearly slower or faster. */
  at(time: number): number {
    const ratio = this.interpolated(time);
    return Math.abs(ratio - 1) > DRIFT_TOLERANCE ? ratio : 1;
  }

  /** The factor by which to divide a group's times; for a group that alternated with the reference, from those runs. */
  of({ at, referenceCpuMs }: NetworkEntry): number {
    return referenceCpuMs ? quartiles(referenceCpuMs).q1 / this.baselineMs : this.at(at);
  }

  private interpolated(time: number): number {
    const { times, smoothed } = this;
    const next = times.findIndex((t) => t >= time);
    if (next < 0) return smoothed[smoothed.length - 1];
    if (next === 0) return smoothed[0];
    const share = (time - times[next - 1]) / (times[next] - times[next - 1]);
    return smoothed[next - 1] + share * (smoothed[next] - smoothed[next - 1]);
  }
}

function usual(latencies: readonly number[], interleaved: boolean): number {
  if (latencies.length === 0) return Number.NaN;
  const { q1, median } = quartiles(latencies);
  return interleaved ? q1 : median;
}

const isInterleaved = (entry: JournalEntry): boolean => entry.kind === 'network' && !!entry.referenceCpuMs;

/** A measurement of the reference: separate, or from between a network's runs. */
function referenceOf(entry: JournalEntry): { round: number; at: number; ms: number }[] {
  if (entry.kind === 'reference')
    return [{ round: entry.round, at: entry.at, ms: interquartileMean(entry.runsMs) }];
  if (entry.kind !== 'network' || !entry.referenceCpuMs) return [];
  return [{ round: entry.round, at: entry.at, ms: quartiles(entry.referenceCpuMs).q1 }];
}
