import { readFile } from 'node:fs/promises';
import { deserialize, serialize } from 'node:v8';
import writeFileAtomic from 'write-file-atomic';

/** Stores an expensive result. The key identifies everything that determines it. */
export async function keep(file: string, key: string, made: unknown): Promise<void> {
  await writeFileAtomic(file, serialize({ key, made }));
}

/** The result stored in a file; undefined if the file has another key, does not exist, or cannot be read. */
export async function readKept<T>(file: string, key: string): Promise<T | undefined> {
  try {
    const kept = deserialize(await readFile(file)) as { key: string; made: T };
    return kept.key === key ? kept.made : undefined;
  } catch {
    return undefined;
  }
}
