import type { JournalEntry, NetworkEntry } from './journal.js';
import { interquartileMean, quartiles } from './statistics.js';

/** What the reference network said about the machine in one round: its latency over the baseline. */
export interface RoundDrift {
  readonly round: number;
  /** Measurements of the reference. */
  readonly references: number;
  readonly least: number;
  readonly median: number;
  readonly greatest: number;
}

/** Deviations of the reference below this share are its own scatter, and are not corrected. */
export const DRIFT_TOLERANCE = 0.03;

/** How fast the machine was at any time, by a network that was measured again and again. */
export class MachineDrift {
  private readonly times: readonly number[];
  /** Median of each reference's ratio and its two neighbours': a single bad measurement is no drift. */
  private readonly smoothed: readonly number[];
  /** Latency of the reference in the middle of all its measurements, milliseconds. */
  readonly baselineMs: number;
  readonly rounds: readonly RoundDrift[];

  /**
   * @param baselineMs what the reference takes at the speed to correct to; by default its median (NaN without any),
   *   or the lower quartile where networks run by turns with it, as they do where other work slows most of the runs
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

  /** What latencies measured at a time have to be divided by; 1 unless the machine was clearly slower or faster. */
  at(time: number): number {
    const ratio = this.interpolated(time);
    return Math.abs(ratio - 1) > DRIFT_TOLERANCE ? ratio : 1;
  }

  /** What a group's times have to be divided by: where it ran by turns with the reference, what that says. */
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

/** A measurement of the reference: of its own, or between a network's runs. */
function referenceOf(entry: JournalEntry): { round: number; at: number; ms: number }[] {
  if (entry.kind === 'reference')
    return [{ round: entry.round, at: entry.at, ms: interquartileMean(entry.runsMs) }];
  if (entry.kind !== 'network' || !entry.referenceCpuMs) return [];
  return [{ round: entry.round, at: entry.at, ms: quartiles(entry.referenceCpuMs).q1 }];
}
