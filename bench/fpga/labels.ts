import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/base/package-root.js';

/** All of NAS-Bench-201 as a user labels it, the start of the process included. */
export function labelBench(): void {
  const folder = mkdtempSync(join(tmpdir(), 'label-'));
  const tempograph = join(packageRoot, 'scripts/tempograph.mjs');
  for (const device of ['fnas:zcu102', 'overlay:arria10_1150']) {
    const started = performance.now();
    const out = join(folder, 'labels.csv.gz');
    const args = ['label', '--space', 'nasbench201', '--device', device, '--out', out];
    const { status } = spawnSync(process.execPath, [tempograph, ...args]);
    if (status !== 0) throw new Error(`label exited with ${status}`);
    const seconds = (performance.now() - started) / 1000;
    console.log(`label, 15,625 networks on ${device}: ${seconds.toFixed(1)} s (target 10 s on two cores)`);
  }
  rmSync(folder, { recursive: true });
}
