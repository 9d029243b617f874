import type { JournalEntry } from './journal.js';
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
export class Drift {
  private readonly times: readonly number[];
  /** Median of each reference's ratio and its two neighbours': a single bad measurement is no drift. */
  private readonly smoothed: readonly number[];
  /** Latency of the reference in the middle of all its measurements, milliseconds. */
  readonly baselineMs: number;
  readonly rounds: readonly RoundDrift[];

  /** @param baselineMs what the reference takes at the speed to correct to; by default its median (NaN without any) */
  constructor(entries: readonly JournalEntry[], baselineMs?: number) {
    const references = entries.filter((entry) => entry.kind === 'reference').sort((a, b) => a.at - b.at);
    const latencies = references.map(({ runsMs }) => interquartileMean(runsMs));
    this.baselineMs = baselineMs ?? (latencies.length > 0 ? quartiles(latencies).median : Number.NaN);
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

  private interpolated(time: number): number {
    const { times, smoothed } = this;
    const next = times.findIndex((t) => t >= time);
    if (next < 0) return smoothed[smoothed.length - 1];
    if (next === 0) return smoothed[0];
    const share = (time - times[next - 1]) / (times[next] - times[next - 1]);
    return smoothed[next - 1] + share * (smoothed[next] - smoothed[next - 1]);
  }
}
