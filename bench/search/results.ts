import { createHash } from 'node:crypto';
import { appendFileSync, closeSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.js';

/**
 * Results of earlier runs, and of other processes at the same bench: JSON lines, a file for each process. A benchmark
 * of hours that is cut off goes on where it was, and any number of processes may share its work (SEARCH_SHARED=1):
 * each claims what it computes next by making a file, which is to be deleted (`claims`) after some were killed.
 */
const FOLDER = process.env.SEARCH_RESULTS ?? join(packageRoot, '.tempograph', 'bench-search');
const CLAIMS = join(FOLDER, 'claims');
const FILE = join(FOLDER, `${hostname()}-${process.pid}.jsonl`);
const isShared = process.env.SEARCH_SHARED === '1';
/** Nothing new is begun after so many seconds; 0 shows what is there. */
const SECONDS = Number(process.env.SEARCH_SECONDS ?? Number.POSITIVE_INFINITY);

/** What the code is, is told by the hash of all that a search runs. */
const code = hashOf(
  ['search', 'nn', 'predictors', 'spaces'].map((room) => join(packageRoot, 'dist/src', room)),
);
const known = new Map<string, unknown>();
/** Bytes of each file that have been read. */
const read = new Map<string, number>();
let missing = 0;

/** How many values were asked for since the last call, and are not there. */
export function takeMissing(): number {
  const count = missing;
  missing = 0;
  return count;
}

/** Whether there is time to begin something. */
export function isTimeLeft(): boolean {
  return performance.now() < SECONDS * 1000;
}

/** A value that is computed once for this code; undefined if another process computes it, or time is up. */
export async function remembered<T>(name: string, compute: () => Promise<T>): Promise<T | undefined> {
  const key = `${code} ${name}`;
  if (!known.has(key)) readNew();
  if (!known.has(key) && isTimeLeft() && (!isShared || claim(key))) {
    const value = await compute();
    known.set(key, value);
    mkdirSync(FOLDER, { recursive: true });
    appendFileSync(FILE, `${JSON.stringify({ key, value })}\n`);
  }
  if (!known.has(key)) missing++;
  return known.get(key) as T | undefined;
}

/** Reads what processes have written since the last look. */
function readNew(): void {
  mkdirSync(CLAIMS, { recursive: true });
  for (const name of readdirSync(FOLDER).filter((file) => file.endsWith('.jsonl'))) {
    const from = read.get(name) ?? 0;
    const bytes = readFileSync(join(FOLDER, name)).subarray(from);
    const whole = bytes.subarray(0, bytes.lastIndexOf(10) + 1);
    read.set(name, from + whole.length);
    for (const line of whole.toString().split('\n').slice(0, -1)) {
      const { key, value } = JSON.parse(line) as { key: string; value: unknown };
      known.set(key, value);
    }
  }
}

function claim(key: string): boolean {
  try {
    const name = createHash('sha256').update(key).digest('hex');
    closeSync(openSync(join(CLAIMS, name), 'wx'));
    return true;
  } catch {
    return false;
  }
}

function hashOf(folders: readonly string[]): string {
  const hash = createHash('sha256');
  for (const folder of folders) {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    for (const file of files) hash.update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 12);
}
