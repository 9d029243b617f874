import { rmSync } from 'node:fs';
import { type Static, Type } from '#typebox';
import { Check } from '#typebox/schema';
import { InputError, quote } from '../base/errors.js';
import { JsonLinesFile, readJsonLines } from '../base/json-lines.js';
import { NetworkProfile } from './network-profile.js';

/** When it ended, in milliseconds since 1970. */
const at = Type.Number();

const timing = {
  round: Type.Integer({ minimum: 0 }),
  at,
  runsMs: Type.Array(Type.Number({ exclusiveMinimum: 0 }), { minItems: 1 }),
  cpuMs: Type.Optional(Type.Array(Type.Number({ minimum: 0 }))),
  referenceCpuMs: Type.Optional(Type.Array(Type.Number({ exclusiveMinimum: 0 }))),
  values: Type.Optional(
    Type.Record(Type.String(), Type.Array(Type.Number({ exclusiveMinimum: 0 }), { minItems: 1 })),
  ),
  warmUps: Type.Integer({ minimum: 0 }),
  stable: Type.Boolean(),
  interrupted: Type.Integer({ minimum: 0 }),
};

/** A group of runs, the times of its kernels, or a network that could not be run. */
export const JournalEntry = Type.Union([
  Type.Object({ kind: Type.Literal('reference'), ...timing }),
  Type.Object({ kind: Type.Literal('network'), architecture: Type.String(), ...timing }),
  Type.Object({
    kind: Type.Literal('profile'),
    architecture: Type.String(),
    round: Type.Integer({ minimum: 0 }),
    at,
    ...NetworkProfile.properties,
  }),
  Type.Object({ kind: Type.Literal('failure'), architecture: Type.String(), at, reason: Type.String() }),
]);
export type JournalEntry = Static<typeof JournalEntry>;
export type NetworkEntry = Extract<JournalEntry, { kind: 'network' }>;

/** Where measurements are kept as they are made. */
export interface Journal {
  readonly entries: readonly JournalEntry[];
  append(entry: JournalEntry): void;
}

/** A journal for measurements that need not outlive the process. */
export function memoryJournal(): Journal {
  const entries: JournalEntry[] = [];
  return { entries, append: (entry) => void entries.push(entry) };
}

/** Everything that a journal's measurements depend on; its first line. */
export type JournalHead = Readonly<Record<string, string | number | boolean | null>>;

/**
 * A journal on disk in JSON lines. Each line is synced before `append` returns, so a killed run loses at most
 * the current group. A last line that was cut off is dropped when the file is opened again.
 */
export class JournalFile implements Journal {
  private constructor(
    private readonly path: string,
    private readonly file: JsonLinesFile,
    readonly entries: JournalEntry[],
  ) {}

  /**
   * @throws InputError if the file holds measurements other than those described by `head`, or holds any
   *   although `resume` is false
   */
  static open(path: string, head: JournalHead, resume: boolean): JournalFile {
    const { values, bytes } = readJsonLines(path);
    // Without entries there is nothing to lose or to mix: a run that failed at once leaves such a file, and
    // another may follow.
    if (values.length <= 1) return JournalFile.begin(path, head);
    if (!resume) {
      throw new InputError(
        `it holds ${values.length - 1} entries of a measurement that did not finish; add --resume to go on, or delete it`,
        { file: path },
      );
    }
    mustEqual(values[0], head, path);
    const entries = values.slice(1).map((value, i) => {
      if (Check(JournalEntry, value)) return value;
      throw new InputError(`${quote(JSON.stringify(value))} is not a measurement`, {
        file: path,
        line: i + 2,
      });
    });
    return new JournalFile(path, JsonLinesFile.open(path, bytes), entries);
  }

  private static begin(path: string, head: JournalHead): JournalFile {
    const file = JsonLinesFile.open(path, 0);
    file.append(head);
    return new JournalFile(path, file, []);
  }

  append(entry: JournalEntry): void {
    this.file.append(entry);
    this.entries.push(entry);
  }

  close(): void {
    this.file.close();
  }

  /** Removes the file, once its content is safe elsewhere. */
  remove(): void {
    this.close();
    rmSync(this.path);
  }
}

/** Checks that the file's measurements were made in the same way as the new ones. */
function mustEqual(found: unknown, head: JournalHead, file: string): void {
  const then = (typeof found === 'object' ? found : {}) as JournalHead;
  for (const [field, now] of Object.entries(head)) {
    if (then[field] === now) continue;
    throw new InputError(
      `the measurement that did not finish had ${quote(then[field])}, but now it is ` +
        `${quote(now)}; give the same options again, or delete the file`,
      { file, field },
    );
  }
}
