import { readFile } from 'node:fs/promises';
import { deserialize, serialize } from 'node:v8';
import writeFileAtomic from 'write-file-atomic';

/** What a run is continued from, and the key of what decides it. */
interface Checkpoint {
  readonly key: string;
}

/** The run to continue; a checkpoint of another run, or one that cannot be read, is none. */
export async function readCheckpoint<Run extends Checkpoint>(
  file: string | undefined,
  key: string,
): Promise<Run | undefined> {
  if (file === undefined) return undefined;
  try {
    const run = deserialize(await readFile(file)) as Run;
    return run.key === key ? run : undefined;
  } catch {
    return undefined;
  }
}

/** Writes a run whole or not at all; nothing where no file is named. */
export async function writeCheckpoint<Run extends Checkpoint>(
  file: string | undefined,
  run: Run,
): Promise<void> {
  if (file !== undefined) await writeFileAtomic(file, serialize(run));
}
