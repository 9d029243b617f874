import { appendFileSync, closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { InputError } from '../base/errors.js';

/** A row, or one cell of it, that cannot be used. */
export interface Reject {
  /** 1-based line in the file, the header being line 1. */
  readonly line: number;
  /** The cell's column; undefined where the row as a whole is wrong. */
  readonly column?: string;
  readonly value: string;
  /** What is wrong and what would be right. */
  readonly reason: string;
}

/** Rejects that an error message shows; the rest is counted. */
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

  /** One line per reject, the first twenty, and how many more there are. */
  toString(): string {
    const lines = this.shown.map(({ line, column, reason }) => {
      const place = column === undefined ? `line ${line}` : `line ${line}, column ${column}`;
      return `  ${place}: ${reason}`;
    });
    if (this.count > this.shown.length) lines.push(`  … and ${this.count - this.shown.length} more`);
    return lines.join('\n');
  }

  /** @throws InputError listing the rejects, if there are any */
  throwIfAny(): void {
    if (this.count === 0) return;
    const what = this.count === 1 ? 'one value is not usable' : `${this.count} values are not usable`;
    throw new InputError(`${what}:\n${this}`, { file: this.file });
  }
}

const COLUMNS = ['line', 'column', 'value', 'reason'];
/** Rejects that are held in memory before they are written. */
const BATCH = 1000;

/** Writes rejects to a CSV (`line,column,value,reason`) as they come; it appears when it is kept. */
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

  /** Puts the file in its place. Without a reject, one that an earlier import left there is removed. */
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

  /** Removes what was written and not kept. */
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
