import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../src/base/package-root.js';
import { Random } from '../src/base/random.js';
import type { EmulatorFitOptions, StandardisedRuns } from '../src/emulate/fit.js';
import { selectSamples } from '../src/emulate/fit.js';
import { scalingOf, standardised } from '../src/emulate/scaling.js';
import { CASES, runsOf } from './emulate/cases.js';
import { emulatorRow } from './emulate/emulator-row.js';
import type { EmulateRow } from './emulate/row.js';
import { printEmulateTables } from './emulate/tables.js';
import { type BenchOptions, type Piece, runPieces } from './pieces.js';

const RUNS = [100, 500, 1000];
const SEEDS = [1, 2, 3, 4, 5];
/** Share of the runs that other methods are tuned on, as large as the part that each fit of an emulator leaves out. */
const VALID = 0.2;

const UPDATES: Record<string, EmulatorFitOptions['update']> = {
  fixed: 'fixed',
  searched: 'ranked',
  uniform: 'none',
};

/** Emulators beside other methods on the simulators that are built in: `npm run bench -- emulate`. */
export async function emulateBench(options: BenchOptions): Promise<void> {
  const own = options.into === undefined ? mkdtempSync(join(tmpdir(), 'tempograph-')) : undefined;
  const folder = options.into ?? own!;
  try {
    const python = pythonWithSklearn();
    if (!python)
      console.log(
        'without scikit-learn (Debian: python3-sklearn) there are no other methods to compare with',
      );
    const pieces = SEEDS.flatMap((seed) =>
      RUNS.flatMap((runs) => CASES.flatMap((name) => piecesOf(name, runs, seed, folder, python))),
    );
    const rows = await runPieces(pieces, options);
    if (rows) printEmulateTables(rows);
  } finally {
    if (own !== undefined) rmSync(own, { recursive: true });
  }
}

function piecesOf(
  name: string,
  count: number,
  seed: number,
  folder: string,
  python: string | undefined,
): Piece<EmulateRow>[] {
  const about = { case: name, runs: count, seed };
  const piece = `emulate/${count}/${seed}/${name.replace(':', '_')}`;
  const emulators = Object.entries(UPDATES).map(([method, update]) => ({
    name: `${piece}/${method}`,
    async run() {
      const { runs, test } = await runsOf(name, count, seed, folder);
      const own = mkdtempSync(join(tmpdir(), 'tempograph-'));
      try {
        return [await emulatorRow({ ...about, method }, runs, test, own, { update })];
      } finally {
        rmSync(own, { recursive: true });
      }
    },
  }));
  if (!python) return emulators;
  const others = {
    name: `${piece}/others`,
    async run() {
      const { runs, test } = await runsOf(name, count, seed, folder);
      const scaling = scalingOf(runs);
      const samples = standardised(runs, scaling);
      const order = new Random(seed).permutation(runs.count);
      const cut = Math.round(VALID * runs.count);
      const data = {
        train: asRows(selectSamples(samples, order.subarray(cut))),
        valid: asRows(selectSamples(samples, order.subarray(0, cut))),
        test: asRows(standardised(test, scaling)),
      };
      return Object.entries(errorsOfOthers(python, data)).map(([method, error]) => ({
        ...about,
        method,
        error,
      }));
    },
  };
  return [...emulators, others];
}

function asRows({ count, x, y }: StandardisedRuns) {
  const rows = (values: Float32Array) => {
    const width = values.length / count;
    return Array.from({ length: count }, (_, run) => [...values.subarray(run * width, (run + 1) * width)]);
  };
  return { x: rows(x), y: rows(y) };
}

function errorsOfOthers(python: string, data: object): Record<string, number> {
  const script = join(packageRoot, 'bench/emulate/baselines.py');
  const { stdout, stderr, status } = spawnSync(python, [script], {
    input: JSON.stringify(data),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
  });
  if (status !== 0) throw new Error(`baselines.py failed: ${stderr}`);
  return JSON.parse(stdout);
}

/** Debian installs its packages for /usr/bin/python3. */
function pythonWithSklearn(): string | undefined {
  return ['python3', '/usr/bin/python3'].find((python) => {
    try {
      execFileSync(python, ['-c', 'import sklearn'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}
