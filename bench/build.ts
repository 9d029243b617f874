import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/base/package-root.js';
import { version } from '../src/base/version.js';

/** What measured a piece of a benchmark. */
interface Measured {
  readonly piece: string;
  readonly build: string;
  /** YYYY-MM-DD. */
  readonly date: string;
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

const fileIn = (folder: string) => join(folder, 'measured.jsonl');

/** Notes beside the results of a piece which build they are of. */
export function noteBuild(folder: string, piece: string): void {
  const measured: Measured = { piece, build: currentBuild(), date: today() };
  appendFileSync(fileIn(folder), `${JSON.stringify(measured)}\n`);
}

/**
 * Builds and dates of pieces that are kept in a folder: `0.1.0 (649e8e2): 50 pieces, 0.1.0 (48f02b2): 25 pieces,
 * 2026-12-01`, the build of most pieces first; pieces that are noted twice count for the later build.
 */
export function keptBuilds(folder: string, pieces: readonly string[]): string {
  const file = fileIn(folder);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  const noted = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Measured);
  const latest = new Map(noted.map((measured) => [measured.piece, measured]));
  const own = pieces.flatMap((piece) => latest.get(piece) ?? []);
  const counts = new Map<string, number>();
  for (const { build } of own) counts.set(build, (counts.get(build) ?? 0) + 1);
  const builds = [...counts].sort(([, a], [, b]) => b - a);
  const said = builds.map(([build, count]) => (builds.length === 1 ? build : `${build}: ${count} pieces`));
  const dates = [...new Set(own.map(({ date }) => date))].sort();
  const period = dates.length > 1 ? `${dates[0]} to ${dates.at(-1)}` : (dates[0] ?? 'date unknown');
  return `${said.join(', ') || 'of a build that is not noted'}, ${period}`;
}
