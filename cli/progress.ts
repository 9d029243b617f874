import cliProgress, { type Options, type SingleBar } from 'cli-progress';
import { percent } from './percent.js';

// The package is CommonJS; Node finds only some of its exports by name.
const { Format, Presets } = cliProgress;

/** Characters of a bar, if there is room. */
const LONGEST_BAR = 40;
/** … and at least. */
const SHORTEST_BAR = 5;
/** Placeholder for values when the width of a line is estimated: few values are longer. */
const TYPICAL_VALUE = '1,000 s';

/** A bar on stderr if that is a terminal, fitted to its width; otherwise nothing. */
function bar(format: string): SingleBar {
  const written = format.replace('{bar}', '').replace(/\{\w+\}/g, TYPICAL_VALUE).length;
  const room = (process.stderr.columns ?? Number.POSITIVE_INFINITY) - written - 1;
  const options = {
    format,
    barsize: Math.max(SHORTEST_BAR, Math.min(LONGEST_BAR, room)),
    stream: process.stderr,
    clearOnComplete: false,
    hideCursor: true,
    noTTYOutput: false,
  };
  const made = new cliProgress.SingleBar({ ...options, etaBuffer: 20, formatTime }, Presets.shades_classic);
  restoresTerminal(made);
  return made;
}

const ENDING: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Restores the cursor and line wrapping when a signal ends the process; other listeners decide whether it does. */
function restoresTerminal(shown: SingleBar): void {
  const onSignal = (signal: NodeJS.Signals) => {
    shown.stop();
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  shown.on('start', () => {
    for (const signal of ENDING) process.on(signal, onSignal);
  });
  shown.on('stop', () => {
    for (const signal of ENDING) process.removeListener(signal, onSignal);
  });
}

/** The package's format, without the 'NULL' and 'INF' that it shows before anything is done. */
function formatTime(seconds: number, options: Options, multiple: number): string {
  return Number.isFinite(Number(seconds)) ? Format.TimeFormat(seconds, options, multiple) : '?';
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
      // Starts at the epoch reached, if training was resumed: the time left is estimated from progress since then.
      if (!started) progress.start(total, epoch, payload);
      started = true;
      progress.update(epoch, payload);
    },
    stop: (): void => progress.stop(),
  };
}

/** Progress over epochs, with the last loss and, where known, the accuracy on held-out images. */
export function epochBar(what: string) {
  const progress = bar(`${what} {bar} epoch {value}/{total} | loss {loss}{accuracy} | {eta_formatted} left`);
  let started = false;
  return {
    update: (epoch: number, total: number, loss: number, accuracy?: number): void => {
      const payload = {
        loss: loss.toFixed(4),
        accuracy: accuracy === undefined ? '' : ` | valid ${percent(accuracy)}`,
      };
      if (!started) progress.start(total, epoch, payload);
      started = true;
      progress.update(epoch, payload);
    },
    stop: (): void => progress.stop(),
  };
}

/** Progress over equal pieces of work; the total may grow. */
export function countBar(what: string) {
  const progress = bar(`${what} {bar} {value}/{total} | {eta_formatted} left`);
  let started = false;
  return {
    update: (done: number, total: number): void => {
      if (!started) progress.start(total, done);
      started = true;
      progress.setTotal(total);
      progress.update(done);
    },
    stop: (): void => progress.stop(),
  };
}

/** Progress of a search: networks trained, the best of them, and how well the last round was predicted. */
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
