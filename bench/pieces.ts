import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { noteBuild } from './build.js';

/** How much of a benchmark is run, and where its results are kept. */
export interface BenchOptions {
  /** Folder that results are kept in, a file of JSON lines per piece; a piece that has one is not run again. */
  readonly into?: string;
  /** Names of pieces, or beginnings of them up to a slash; all if absent. */
  readonly only?: readonly string[];
  /** Print the names of the pieces, run none. */
  readonly list?: boolean;
  /** Print the tables from the results that there are, run nothing. */
  readonly tables?: boolean;
  /** Folder of kept results that tables on the results pages are made of. */
  readonly from?: string;
  /** Phones that the table of learned limits is made for, and a CSV of measurements of those that the data lacks. */
  readonly device?: readonly string[];
  readonly measured?: string;
  /** Length of the service's mixed load. */
  readonly seconds?: number;
  /** Of faults: kills per store, requests and what they are drawn by, and the length of the mixed load. */
  readonly kills?: number;
  readonly requests?: number;
  readonly seed?: number;
  readonly minutes?: number;
  /** Of scale: URL of an empty PostgreSQL, and the share of all that is put into it. */
  readonly database?: string;
  readonly factor?: number;
}

/** A part of a benchmark that is run by itself, maybe beside others in another process. */
export interface Piece<Row> {
  /** Words with slashes between them, from the general to the particular. */
  readonly name: string;
  run(): Promise<readonly Row[]>;
}

/**
 * Runs the pieces that have no results yet.
 *
 * @returns the rows of all pieces that have results; undefined where tables of them would be of no use: where names
 * were listed, or only some pieces were asked for
 */
export async function runPieces<Row>(
  pieces: readonly Piece<Row>[],
  { into, only, list, tables }: BenchOptions,
): Promise<Row[] | undefined> {
  const wanted = pieces.filter(({ name }) => {
    const asked = only?.filter((each) => name === each || name.startsWith(`${each}/`));
    for (const each of asked ?? []) found.add(each);
    return asked === undefined || asked.length > 0;
  });
  if (list) {
    for (const { name } of wanted) console.log(name);
    return undefined;
  }
  if (into !== undefined) mkdirSync(into, { recursive: true });
  const fileOf = ({ name }: Piece<Row>) => (into === undefined ? undefined : keptFile(into, name));
  const rows: Row[] = [];
  for (const piece of wanted) {
    const file = fileOf(piece);
    if (file !== undefined && existsSync(file)) {
      rows.push(...parseLines<Row>(readFileSync(file, 'utf8')));
    } else if (!tables) {
      const [started, cpu] = [performance.now(), process.cpuUsage()];
      const own = await piece.run();
      rows.push(...own);
      if (file === undefined) continue;
      await writeFileAtomic(file, own.map((row) => `${JSON.stringify(row)}\n`).join(''));
      noteBuild(into!, piece.name);
      const { user, system } = process.cpuUsage(cpu);
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.error(`${piece.name}: ${seconds} s, ${((user + system) / 1e6).toFixed(1)} s of CPU`);
    } else console.error(`${piece.name}: no results yet`);
  }
  return (only && !tables) || rows.length === 0 ? undefined : rows;
}

/** Names of `only` that were of pieces, in every call of `runPieces`. */
const found = new Set<string>();

/** The first name of `only` that no piece had, nor its beginning, after all were run. */
export function nameOfNoPiece({ only = [] }: BenchOptions): string | undefined {
  return only.find((name) => !found.has(name));
}

/** Where the results of a piece are kept. */
export const keptFile = (folder: string, piece: string) =>
  join(folder, `${piece.replaceAll('/', '-')}.jsonl`);

/** What several pieces share, made when the first of them runs. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const parseLines = <Row>(text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
