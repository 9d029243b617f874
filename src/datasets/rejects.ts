import { appendFileSync, closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { InputError } from '../base/errors.js';

/** A row or cell that cannot be used. */
export interface Reject {
  /** 1-based; the header is line 1. */
  readonly line: number;
  /** The cell's column; undefined if the row as a whole is wrong. */
  readonly column?: string;
  readonly value: string;
  /** What is wrong and what would be right. */
  readonly reason: string;
}

/** Number of rejects that an error message shows; the rest are counted. */
const SHOWN = 20;

/** Collects rejects for one error message, in bounded memory. */
export class RejectList {
  count = 0;
  private readonly shown: Reject[] = [];

  constructor(private readonly file: string) {}

  readonly add = (reject: Reject): void => {
    this.count++;
    if (this.shown.length < SHOWN) this.shown.push(reject);
  };

  /** One line for each of the first twenty rejects, then how many more there are. */
  toString(): string {
    const lines = this.shown.map(({ line, column, reason }) => {
      const place = column === undefined ? `line ${line}` : `line ${line}, column ${column}`;
      return `  ${place}: ${reason}`;
    });
    if (this.count > this.shown.length) lines.push(`  … and ${this.count - this.shown.length} more`);
    return lines.join('\n');
  }

  /** @throws InputError that lists the rejects, if there are any */
  throwIfAny(): void {
    if (this.count === 0) return;
    const what = this.count === 1 ? 'one value is not usable' : `${this.count} values are not usable`;
    throw new InputError(`${what}:\n${this}`, { file: this.file });
  }
}

const COLUMNS = ['line', 'column', 'value', 'reason'];
/** Number of rejects kept in memory before they are written. */
const BATCH = 1000;

/** Writes rejects to a CSV (`line,column,value,reason`) as they come, under a temporary name until `keep`. */
export class RejectFile {
  private readonly temporary: string;
  private batch: Reject[] = [];
  private begun = false;

  constructor(private readonly path: string) {
    this.temporary = `${path}.${process.pid}.tmp`;
  }

  readonly add = (reject: Reject): void => {
    this.batch.push(reject);
    if (this.batch.length === BATCH) this.flush();
  };

  /** Moves the file to its place. Without rejects, removes one that an earlier import left there. */
  keep(): void {
    if (this.batch.length > 0) this.flush();
    if (!this.begun) {
      rmSync(this.path, { force: true });
      return;
    }
    const file = openSync(this.temporary, 'r');
    fsyncSync(file);
    closeSync(file);
    renameSync(this.temporary, this.path);
  }

  /** Removes what was written but not kept. */
  discard(): void {
    rmSync(this.temporary, { force: true });
  }

  private flush(): void {
    if (!this.begun) mkdirSync(dirname(this.path), { recursive: true });
    appendFileSync(this.temporary, stringify(this.batch, { header: !this.begun, columns: COLUMNS }));
    this.begun = true;
    this.batch = [];
  }
}
