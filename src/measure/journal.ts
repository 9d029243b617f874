import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { InputError, quote } from '../errors.js';

/** When it ended, milliseconds since 1970. */
const at = Type.Number();

const timing = {
  round: Type.Integer({ minimum: 0 }),
  at,
  runsMs: Type.Array(Type.Number({ exclusiveMinimum: 0 }), { minItems: 1 }),
  warmUps: Type.Integer({ minimum: 0 }),
  stable: Type.Boolean(),
  interrupted: Type.Integer({ minimum: 0 }),
};

/** A group of runs, or a network that could not be run. */
export const JournalEntry = Type.Union([
  Type.Object({ kind: Type.Literal('reference'), ...timing }),
  Type.Object({ kind: Type.Literal('network'), architecture: Type.String(), ...timing }),
  Type.Object({ kind: Type.Literal('failure'), architecture: Type.String(), at, reason: Type.String() }),
]);
export type JournalEntry = Static<typeof JournalEntry>;

/** Where measurements go as they are made. */
export interface Journal {
  readonly entries: readonly JournalEntry[];
  append(entry: JournalEntry): void;
}

/** A journal for measurements that need not outlive the process. */
export function memoryJournal(): Journal {
  const entries: JournalEntry[] = [];
  return { entries, append: (entry) => void entries.push(entry) };
}

/** What a journal's measurements depend on: its first line. */
export type JournalHead = Readonly<Record<string, string | number | boolean | null>>;

/**
 * A journal on disk: JSON lines, each synced before `append` returns, so that a killed run loses at most the group
 * that was under way. A last line that was cut off is dropped when the file is opened again.
 */
export class JournalFile implements Journal {
  private constructor(
    private readonly path: string,
    private readonly file: number,
    readonly entries: JournalEntry[],
  ) {}

  /**
   * @throws InputError if the file holds other measurements than `head` says, or holds any and `resume` is false
   */
  static open(path: string, head: JournalHead, resume: boolean): JournalFile {
    mkdirSync(dirname(path), { recursive: true });
    const content = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    const whole = content.subarray(0, content.lastIndexOf('\n') + 1);
    const lines = whole.toString('utf8').split('\n').slice(0, -1);
    if (lines.length > 1 && !resume) {
      throw new InputError(
        `it holds ${lines.length - 1} entries of a measurement that did not finish; add --resume to go on, or delete it`,
        { file: path },
      );
    }
    const values = lines.map((line, i) => parsed(line, path, i + 1));
    if (values.length > 0) mustEqual(values[0], head, path);
    const entries = values.slice(1).map((value, i) => {
      if (Value.Check(JournalEntry, value)) return value;
      throw new InputError(`${quote(JSON.stringify(value))} is no measurement`, { file: path, line: i + 2 });
    });
    const file = openSync(path, 'a');
    ftruncateSync(file, whole.length);
    const journal = new JournalFile(path, file, entries);
    if (values.length === 0) journal.write(head);
    return journal;
  }

  append(entry: JournalEntry): void {
    this.write(entry);
    this.entries.push(entry);
  }

  close(): void {
    closeSync(this.file);
  }

  /** Removes the file, when what it holds is safe elsewhere. */
  remove(): void {
    this.close();
    rmSync(this.path);
  }

  private write(value: object): void {
    writeSync(this.file, `${JSON.stringify(value)}\n`);
    fsyncSync(this.file);
  }
}

function parsed(line: string, file: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new InputError(`${quote(line)} is not JSON`, { file, line: number });
  }
}

/** What is in the file must have been measured as what comes now will be. */
function mustEqual(found: unknown, head: JournalHead, file: string): void {
  const then = (typeof found === 'object' ? found : {}) as JournalHead;
  for (const [field, now] of Object.entries(head)) {
    if (then[field] === now) continue;
    throw new InputError(
      `the measurement that did not finish had ${quote(then[field])}, and now it is ` +
        `${quote(now)}; give the same options again, or delete the file`,
      { file, field },
    );
  }
}
