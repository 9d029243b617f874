import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../src/base/package-root.js';
import { version } from '../src/base/version.js';

/** What measured a piece of a benchmark. */
interface Measured {
  readonly piece: string;
  readonly build: string;
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly machine: string;
}

/** The version and its commit: `0.1.0 (649e8e2)`. */
export function currentBuild(): string {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: packageRoot,
    encoding: 'utf8',
  });
  return `${version} (${commit.trim()})`;
}

export const today = () => new Date().toISOString().slice(0, 10);

/** `2 cores of AMD EPYC, Node 20.20.2`. */
export const machine = () =>
  `${availableParallelism()} cores of ${cpus()[0].model}, Node ${process.versions.node}`;

const fileIn = (folder: string) => join(folder, 'measured.jsonl');

/** Notes beside the results of a piece which build they are of. */
export function noteBuild(folder: string, piece: string): void {
  const measured: Measured = { piece, build: currentBuild(), date: today(), machine: machine() };
  appendFileSync(fileIn(folder), `${JSON.stringify(measured)}\n`);
}

/**
 * Builds, dates and machines of pieces whose results are kept in a folder, the build of most pieces first:
 * `0.1.0 (649e8e2): 50 pieces, 0.1.0 (48f02b2): 1 piece, 2026-12-01, 2 cores of AMD EPYC, Node 20.20.2`. A piece that is
 * noted twice counts for the later build.
 */
export function keptBuilds(folder: string, pieces: readonly string[]): string {
  const file = fileIn(folder);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const noted = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Measured);
  const latest = new Map(noted.map((measured) => [measured.piece, measured]));
  const counts = new Map<string, number>();
  for (const piece of pieces) {
    const build = latest.get(piece)?.build ?? 'unknown';
    counts.set(build, (counts.get(build) ?? 0) + 1);
  }
  const builds = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([build, count]) => `${build}: ${count} ${count === 1 ? 'piece' : 'pieces'}`);
  const own = pieces.flatMap((piece) => latest.get(piece) ?? []);
  const dates = [...new Set(own.map(({ date }) => date))].sort();
  const period = dates.length > 1 ? `${dates[0]} to ${dates.at(-1)}` : dates;
  const machines = [...new Set(own.map((measured) => measured.machine))];
  return [builds.length === 1 ? [...counts.keys()] : builds, period, machines].flat().join(', ');
}
