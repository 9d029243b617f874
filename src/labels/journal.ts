import { rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type JsonLines, JsonLinesFile, readJsonLines } from '../base/json-lines.js';

/** Latencies of a chunk in ms, null where a network does not fit. */
interface Entry {
  readonly chunk: number;
  readonly latencyMs: readonly (number | null)[];
}

/**
 * The labels computed so far, kept beside the output file: one JSON line per chunk, after a line that says
 * what the labels are of. A killed run leaves the journal behind, and the next one continues from it.
 */
export class LabelJournal {
  private constructor(
    private readonly path: string,
    private readonly file: JsonLinesFile,
    /** Latencies in ms by chunk, NaN where a network does not fit. */
    readonly finished: ReadonlyMap<number, Float64Array>,
  ) {}

  /**
   * Opens the journal of an output file. One that is about other labels, or unreadable, is started anew.
   *
   * @param about everything that the labels depend on
   */
  static open(file: string, about: object): LabelJournal {
    const path = join(dirname(file), `.${basename(file)}.labels`);
    const { values, bytes } = linesOf(path);
    const [header, ...entries] = values;
    const goesOn = JSON.stringify(header) === JSON.stringify(about);
    const lines = JsonLinesFile.open(path, goesOn ? bytes : 0);
    if (!goesOn) lines.append(about);
    const finished = (goesOn ? (entries as Entry[]) : []).map(
      ({ chunk, latencyMs }) => [chunk, Float64Array.from(latencyMs, (ms) => ms ?? Number.NaN)] as const,
    );
    return new LabelJournal(path, lines, new Map(finished));
  }

  /** Adds a chunk, which is on disk when this returns. */
  add(chunk: number, latencyMs: Float64Array): void {
    const entry: Entry = { chunk, latencyMs: Array.from(latencyMs, (ms) => (Number.isNaN(ms) ? null : ms)) };
    this.file.append(entry);
  }

  close(): void {
    this.file.close();
  }

  /** Removes the journal, once the labels are in their file. */
  remove(): void {
    rmSync(this.path, { force: true });
  }
}

function linesOf(path: string): JsonLines {
  try {
    return readJsonLines(path);
  } catch {
    return { values: [], bytes: 0, rest: '' };
  }
}
