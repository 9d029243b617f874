import { Presets, SingleBar } from 'cli-progress';
import { percent } from './percent.js';

/** A bar on a terminal's stderr; nothing elsewhere. */
function bar(format: string): SingleBar {
  const options = {
    format,
    stream: process.stderr,
    clearOnComplete: false,
    hideCursor: true,
    noTTYOutput: false,
  };
  return new SingleBar({ ...options, etaBuffer: 20 }, Presets.shades_classic);
}

/** Progress through a file of known size. */
export function bytesBar(what: string) {
  const progress = bar(`${what} {bar} {percentage}% | {eta_formatted} left`);
  let started = false;
  return {
    update: (bytes: number, total: number): void => {
      if (!started) progress.start(total, 0);
      started = true;
      progress.update(bytes);
    },
    stop: (): void => progress.stop(),
  };
}

/** Progress of a training run, with its loss and how validation goes. */
export function trainingBar(what: string) {
  const progress = bar(
    `${what} {bar} epoch {value}/{total} | loss {loss} | valid ±10 % {valid} | {eta_formatted} left`,
  );
  let started = false;
  return {
    update: (epoch: number, total: number, loss: number, validWithin10: number): void => {
      const payload = {
        loss: loss.toFixed(4),
        valid: Number.isNaN(validWithin10) ? '-' : percent(validWithin10),
      };
      if (!started) progress.start(total, 0, payload);
      started = true;
      progress.update(epoch, payload);
    },
    stop: (): void => progress.stop(),
  };
}

/** Progress over a number of equal pieces of work, of which more may be found. */
export function countBar(what: string) {
  const progress = bar(`${what} {bar} {value}/{total} | {eta_formatted} left`);
  let started = false;
  return {
    update: (done: number, total: number): void => {
      if (!started) progress.start(total, 0);
      started = true;
      progress.setTotal(total);
      progress.update(done);
    },
    stop: (): void => progress.stop(),
  };
}

/** Progress of a search: trained networks, the best of them, and how well the last round went as predicted. */
export function searchBar(what: string) {
  const progress = bar(
    `${what} {bar} {value}/{total} trained | best {best} |{quality} {failed} failed | {eta_formatted} left`,
  );
  let started = false;
  return {
    update: (
      trained: number,
      budget: number,
      best: number | undefined,
      failed: number,
      quality: number | undefined,
    ): void => {
      const payload = {
        best: best?.toFixed(3) ?? '-',
        failed,
        quality: quality === undefined ? '' : ` Kendall ${quality.toFixed(2)} as predicted |`,
      };
      if (!started) progress.start(budget, 0, payload);
      started = true;
      progress.update(trained, payload);
    },
    stop: (): void => progress.stop(),
  };
}
