import { closeSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { InputError, quote } from './errors.js';
import { unreadable } from './read-problem.js';
import { readRegularFileSync } from './regular-file.js';

/** What is in a file of JSON lines. */
export interface JsonLines {
  /** Of the whole lines. */
  readonly values: readonly unknown[];
  /** Of the whole lines. */
  readonly bytes: number;
  /** What follows the last of them: a line that was cut off, by a kill or a full disk. */
  readonly rest: string;
}

/**
 * Reads a file of JSON lines; one that is not there has none.
 *
 * @throws InputError naming the line that is no JSON, or saying why the file cannot be read
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

/** Appends to a file of JSON lines, each on the disk (fsync) before `append` returns. */
export class JsonLinesFile {
  private constructor(
    private readonly file: number,
    private position: number,
  ) {}

  /** @param bytes of the file that stay; what follows them is cut off */
  static open(path: string, bytes: number): JsonLinesFile {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(path, bytes > 0 ? 'r+' : 'w');
    ftruncateSync(file, bytes);
    return new JsonLinesFile(file, bytes);
  }

  /** @throws the system's error if the line is not written whole; the next one takes its place */
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
