const significant = new Intl.NumberFormat('en', { minimumSignificantDigits: 4, maximumSignificantDigits: 4 });
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** Milliseconds as people read them: four digits that count, so that a column of them is of one precision. */
export function formatMs(latencyMs: number): string {
  return latencyMs >= 10_000 ? whole.format(latencyMs) : significant.format(latencyMs);
}

/** A share between 0 and 1 as per cent, one decimal. */
export function formatShare(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Share of a device's data that is slower, 0 to 1, from the latencies at 0, 1, … 100 %. */
export function shareSlower(percentilesMs: readonly number[], latencyMs: number): number {
  const last = percentilesMs.length - 1;
  const above = percentilesMs.findIndex((ms) => ms > latencyMs);
  if (above === -1) return 0;
  if (above === 0) return 1;
  const [low, high] = [percentilesMs[above - 1], percentilesMs[above]];
  return 1 - (above - 1 + (latencyMs - low) / (high - low)) / last;
}

/** A time as people read it where they are. */
export function when(time: string): string {
  return new Date(time).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' });
}

/** How long something took or takes. */
export function duration(milliseconds: number): string {
  const tenths = Math.round(milliseconds / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
