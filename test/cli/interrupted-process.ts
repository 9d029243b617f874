// What a command does while it is interrupted, by the name of a case: run by interruptible.test.ts as a process of its own.
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import writeFileAtomic from 'write-file-atomic';
import { interruptible, orInterrupted } from '../../cli/interruptible.js';
import { countBar } from '../../cli/progress.js';

const [, , name, signal, file] = process.argv as [string, string, string, NodeJS.Signals, string];
// A bar is for terminals only.
process.stderr.isTTY = true;

const interrupt = () => process.kill(process.pid, signal);
const bar = countBar('working');
const aborted = async (stop: AbortSignal) => {
  while (!stop.aborted) await sleep(5);
};

const cases: Readonly<Record<string, () => Promise<void>>> = {
  async plain() {
    bar.update(1, 10);
    interrupt();
    await sleep(20_000);
  },
  keeps: () =>
    interruptible(async (stop) => {
      bar.update(1, 10);
      interrupt();
      await aborted(stop);
      writeFileSync(file, 'kept');
    }),
  again: () =>
    interruptible(async (stop) => {
      interrupt();
      await aborted(stop);
      bar.update(1, 10);
      interrupt();
      await sleep(20_000);
    }),
  writes: () =>
    orInterrupted('it is kept', async (stop) => {
      const written = writeFileAtomic(file, 'x'.repeat(1 << 20));
      interrupt();
      await written;
      await aborted(stop);
      stop.throwIfAborted();
    }),
};
await cases[name]();
