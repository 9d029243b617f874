import { join } from 'node:path';
import { makeRuns } from '../../src/emulate/make-runs.js';
import type { Runs } from '../../src/emulate/runs.js';
import { simulatorNamed } from '../../src/emulate/simulators/registry.js';

/** Simulators that emulators are learned of. */
export const CASES = ['thomson-ion', 'pollutant-spill', 'brusselator', 'eikonal', 'fnas:zcu102'];

/** Runs that nothing is learned from. */
const TEST_RUNS = 300;

/** Runs of a seed for learning, and others for testing; kept in a folder once they are made. */
export async function runsOf(
  name: string,
  count: number,
  seed: number,
  folder: string,
): Promise<{ runs: Runs; test: Runs }> {
  const made = (runs: number, seed: number) =>
    makeRuns({
      simulator: simulatorNamed(name),
      runs,
      seed,
      parallel: 1,
      journal: join(folder, `runs-${name.replace(':', '_')}-${seed}.jsonl`),
    });
  const [{ runs }, { runs: test }] = [await made(count, seed), await made(TEST_RUNS, 1000 + seed)];
  return { runs, test };
}
