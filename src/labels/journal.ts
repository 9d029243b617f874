import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * What is labelled already, beside the file that is to be written: one line of JSON per chunk behind a line that
 * says what the labels are of. A run that is killed leaves it there, and the next one goes on from it.
 */
export class LabelJournal {
  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
    /** Latencies in ms by chunk, NaN where a network does not fit. */
    readonly finished: ReadonlyMap<number, Float64Array>,
  ) {}

  /**
   * Opens the journal of an output file. One that is of other labels, or unreadable, is begun anew.
   * @param about all that the labels depend on
   */
  static async open(file: string, about: object): Promise<LabelJournal> {
    const path = join(dirname(file), `.${basename(file)}.labels`);
    const header = `${JSON.stringify(about)}\n`;
    const finished = new Map<number, Float64Array>();
    const content = await readFile(path, 'utf8').catch(() => '');
    let length = 0;
    if (content.startsWith(header)) {
      length = header.length;
      for (const line of content.slice(length).split('\n').slice(0, -1)) {
        const entry = parse(line);
        // The process was killed while it wrote this line.
        if (entry === undefined) break;
        finished.set(
          entry.chunk,
          Float64Array.from(entry.latencyMs, (value) => value ?? Number.NaN),
        );
        length += line.length + 1;
      }
    }
    const handle = await open(path, 'a');
    await handle.truncate(Buffer.byteLength(content.slice(0, length)));
    if (length === 0) await handle.appendFile(header);
    return new LabelJournal(path, handle, finished);
  }

  /** Adds a chunk; it is on the disk when the promise resolves. */
  async add(chunk: number, latencyMs: Float64Array): Promise<void> {
    const values = Array.from(latencyMs, (value) => (Number.isNaN(value) ? null : value));
    await this.handle.appendFile(`${JSON.stringify({ chunk, latencyMs: values })}\n`);
    await this.handle.datasync();
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  /** Removes the journal once the labels are in their file. */
  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

function parse(line: string): { chunk: number; latencyMs: (number | null)[] } | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
