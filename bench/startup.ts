import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median } from 'simple-statistics';
import { plainTable } from '../cli/table.js';
import { packageRoot } from '../src/base/package-root.js';
import { nasbench201 } from '../src/spaces/nasbench201/space.js';
import type { BenchOptions } from './pieces.js';
import { cli, start } from './service-client.js';

const RUNS = 9;
const SERVICE_RUNS = 3;

/** What a process prints of itself when it ends, s of CPU. */
const USAGE = `process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  console.error((user + system) / 1e6);
});`;

/**
 * CPU that commands take from start to end, with an empty Node process run in turn beside them; then how long a service
 * takes to listen that has been started before.
 */
export async function startupBench(_options: BenchOptions): Promise<void> {
  const main = JSON.stringify(join(packageRoot, 'dist/cli/main.js'));
  const index = JSON.stringify(join(packageRoot, 'dist/src/index.js'));
  const command = (...argv: string[]) =>
    `const { main } = await import(${main}); await main(${JSON.stringify(argv)});`;
  const scripts: Readonly<Record<string, string>> = {
    "node -e ''": '',
    'tempograph --help': command('--help'),
    'tempograph predict, included predictor': command('predict', '--device', 'pixel3', nasbench201.example),
    "import 'tempograph'": `await import(${index});`,
  };
  const seconds = Object.fromEntries(Object.keys(scripts).map((name) => [name, [] as number[]]));
  for (let run = 0; run < RUNS; run++) {
    for (const [name, script] of Object.entries(scripts)) seconds[name].push(await cpuSeconds(script));
  }
  const [nothing] = Object.values(seconds).map(median);
  const table = plainTable([`median of ${RUNS} runs`, 'CPU s', "relative to node -e ''"]);
  for (const [name, runs] of Object.entries(seconds)) {
    table.push([name, median(runs).toFixed(3), (median(runs) / nothing).toFixed(1)]);
  }
  console.log(table.toString());
  const serviceSeconds = await secondsToListen();
  console.log(
    `tempograph serve listens after ${serviceSeconds.toFixed(1)} s, median of ${SERVICE_RUNS} starts`,
  );
}

async function secondsToListen(): Promise<number> {
  const data = mkdtempSync(join(tmpdir(), 'tempograph-'));
  const seconds: number[] = [];
  try {
    // The first start makes the store.
    for (let run = 0; run <= SERVICE_RUNS; run++) {
      const started = performance.now();
      const server = await start([cli, 'serve', '--port', '0', '--data', data]);
      if (run > 0) seconds.push((performance.now() - started) / 1000);
      server.process.kill();
      await once(server.process, 'exit');
    }
  } finally {
    rmSync(data, { recursive: true });
  }
  return median(seconds);
}

async function cpuSeconds(script: string): Promise<number> {
  const args = ['--input-type=module', '--eval', `${USAGE}\n${script}`];
  const { stderr } = await promisify(execFile)(process.execPath, args, { cwd: packageRoot });
  return Number(stderr.trim().split('\n').at(-1));
}
