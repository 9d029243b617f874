// A thread that ends its own process once it takes too much memory or time, or its parent has gone. Native
// code and endless loops cannot be interrupted in any other way.
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
