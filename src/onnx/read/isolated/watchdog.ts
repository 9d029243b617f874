// Ends the process that it is a thread of once that takes too much memory, or nobody waits for it any more: code that
// is native cannot be interrupted otherwise.

/** What a process that reads files may have in memory, MiB. */
const MOST_MEMORY_MB = 1024;
const EVERY_MS = 20;

const parent = process.ppid;
setInterval(() => {
  const tooMuch = process.memoryUsage.rss() > MOST_MEMORY_MB * 2 ** 20;
  if (tooMuch || process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, EVERY_MS);
