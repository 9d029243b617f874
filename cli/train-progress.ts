import type { TrainingEstimate } from '../src/nn/training.js';
import type { FitProgress } from '../src/predictors/predictor.js';

/** Least time between two lines about the epochs of one fit, ms. */
const LINE_EVERY_MS = 10_000;

/** A duration in words: `40 s`, `6 min`. */
export function sayDuration(seconds: number): string {
  return seconds < 100 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;
}

/** `1 further fit`, `9 further fits`. */
export const sayFits = (fits: number): string => `${fits} further ${fits === 1 ? 'fit' : 'fits'}`;

/**
 * Says how long a training will take in total.
 *
 * @param fits further fits for intervals, each about as long as the first
 */
export function timeLine({ epochs, epochsLeft, secondsPerEpoch }: TrainingEstimate, fits: number): string {
  const seconds = secondsPerEpoch * (epochsLeft + fits * epochs);
  const further = fits > 0 ? `, then ${sayFits(fits)} for intervals` : '';
  return `takes about ${sayDuration(seconds)}: ${epochsLeft} epochs${further}; less if fewer are enough`;
}

/**
 * Lines about a training for readers of a file or a pipe: one at most every ten seconds, and one for each further fit.
 *
 * @param fits further fits for intervals, each about as long as the first
 */
export function trainingLines(fits: number, say: (line: string) => void, nowMs = () => performance.now()) {
  let first: { epoch: number; ms: number } | undefined;
  let lastMs = 0;
  let fitsDone = 0;
  return {
    onEpoch({ epoch, epochs, loss }: Pick<FitProgress, 'epoch' | 'epochs' | 'loss'>): void {
      const ms = nowMs();
      if (!first || epoch <= first.epoch) {
        first = { epoch, ms };
        lastMs = ms;
        return;
      }
      // The first epoch includes compilation; later epochs all take the same time.
      const left = ((ms - first.ms) / 1000 / (epoch - first.epoch)) * (epochs - epoch + fits * epochs);
      if (ms - lastMs < LINE_EVERY_MS) return;
      say(`epoch ${epoch} of ${epochs}, loss ${loss.toFixed(4)}, about ${sayDuration(left)} left`);
      lastMs = ms;
    },
    onFold(done: number, count: number): void {
      // Called before and after each fit.
      if (done === fitsDone) return;
      fitsDone = done;
      say(`further fit ${done} of ${count} done`);
    },
  };
}
