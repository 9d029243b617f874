// Ends the process that it is a thread of once that takes too much memory or too long, or nobody waits for it any more:
// code that is native, or never returns, cannot be interrupted otherwise.
import { workerData } from 'node:worker_threads';
import { cpuMs, END_OF_TIME, IDLE, type Watched } from './watched.js';

const EVERY_MS = 20;

const { limits, begunAt } = workerData as Watched;
const parent = process.ppid;
setInterval(() => {
  const begun = Atomics.load(begunAt, 0);
  if (begun !== IDLE && cpuMs() - begun > limits.cpuMs) process.kill(process.pid, END_OF_TIME);
  const tooMuch = process.memoryUsage.rss() > limits.memoryMb * 2 ** 20;
  if (tooMuch || process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, EVERY_MS);
