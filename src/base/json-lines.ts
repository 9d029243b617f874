import { closeSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { InputError, quote } from './errors.js';
import { unreadable } from './read-problem.js';
import { readRegularFileSync } from './regular-file.js';

/** The content of a file of JSON lines. */
export interface JsonLines {
  /** One value per complete line. */
  readonly values: readonly unknown[];
  /** Length of the complete lines. */
  readonly bytes: number;
  /** Whatever follows the last complete line: a line that a kill or a full disk cut off. */
  readonly rest: string;
}

/**
 * Reads a file of JSON lines. A missing file has none.
 *
 * @throws InputError that names a line that is not JSON, or says why the file cannot be read
 */
export function readJsonLines(file: string): JsonLines {
  const content = contentOf(file);
  const bytes = content.lastIndexOf('\n') + 1;
  const lines = content.subarray(0, bytes).toString('utf8').split('\n').slice(0, -1);
  const values = lines.map((line, i): unknown => {
    try {
      return JSON.parse(line);
    } catch {
      throw new InputError(`${quote(line)} is not JSON`, { file, line: i + 1 });
    }
  });
  return { values, bytes, rest: content.subarray(bytes).toString('utf8') };
}

function contentOf(file: string): Buffer {
  if (!existsSync(file)) return Buffer.alloc(0);
  try {
    return readRegularFileSync(file);
  } catch (error) {
    throw unreadable(error, file);
  }
}

/** Appends to a file of JSON lines. Each line is on disk (fsync) before `append` returns. */
export class JsonLinesFile {
  private constructor(
    private readonly file: number,
    private position: number,
  ) {}

  /** @param bytes of the file to keep; the rest is cut off */
  static open(path: string, bytes: number): JsonLinesFile {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(path, bytes > 0 ? 'r+' : 'w');
    ftruncateSync(file, bytes);
    return new JsonLinesFile(file, bytes);
  }

  /** @throws the system's error if the line is not written completely; the next line then overwrites it */
  append(value: object): void {
    const line = Buffer.from(`${JSON.stringify(value)}\n`);
    let written = 0;
    while (written < line.length) {
      written += writeSync(this.file, line, written, line.length - written, this.position + written);
    }
    fsyncSync(this.file);
    this.position += line.length;
  }

  close(): void {
    closeSync(this.file);
  }
}
