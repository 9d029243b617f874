import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plainTable } from '../../cli/table.js';
import { packageRoot } from '../../src/base/package-root.js';
import { type FrontierPoint, readFrontier } from '../../src/search/codesign/frontier-file.js';

/** A frontier as a user computes it. */
export interface FrontierRow {
  readonly kind: 'frontier';
  readonly data: string;
  readonly pairs: number;
  /** From the start of the process to its end. */
  readonly seconds: number;
  /** Greatest resident memory, MB; null where the system does not tell. */
  readonly peakMB: number | null;
  readonly points: readonly FrontierPoint[];
}

const LIMIT_SECONDS = 180;
const LIMIT_MB = 2000;

export async function enumerate(data: string, file: string, column: string): Promise<FrontierRow> {
  const folder = await mkdtemp(join(tmpdir(), 'codesign-'));
  try {
    const out = join(folder, 'frontier.json');
    const script = join(packageRoot, 'scripts/tempograph.mjs');
    const started = performance.now();
    const child = spawn(process.execPath, [
      script,
      'codesign',
      '--accuracy',
      `${file}:${column}`,
      '--out',
      out,
    ]);
    let peakMB: number | null = null;
    const watch = setInterval(() => {
      peakMB = peakOf(child.pid) ?? peakMB;
    }, 200);
    const [code] = await once(child, 'close');
    clearInterval(watch);
    if (code !== 0) throw new Error(`codesign exited with ${code}`);
    const seconds = (performance.now() - started) / 1000;
    const { pairs, points } = await readFrontier(out);
    return { kind: 'frontier', data, pairs, seconds, peakMB, points };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Greatest resident memory of a process so far, MB. */
function peakOf(pid: number | undefined): number | undefined {
  try {
    const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1000;
  } catch {
    return undefined;
  }
}

export function printFrontiers(rows: readonly FrontierRow[]): void {
  const head = [
    'exact frontier',
    'pairs',
    'on the frontier',
    `s (target ${LIMIT_SECONDS})`,
    `MB (target ${LIMIT_MB})`,
  ];
  const table = plainTable(head);
  for (const { data, pairs, points, seconds, peakMB } of rows) {
    table.push([
      data,
      pairs.toLocaleString('en'),
      points.length,
      seconds.toFixed(1),
      peakMB?.toFixed(0) ?? '-',
    ]);
  }
  console.log(table.toString());
  console.log('published: about 4 billion pairs enumerated (NAS-Bench-101); time not stated');
}
