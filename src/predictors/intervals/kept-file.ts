import { readFile } from 'node:fs/promises';
import { deserialize, serialize } from 'node:v8';
import writeFileAtomic from 'write-file-atomic';

/** Keeps what took long to make; the key identifies everything that decides it. */
export async function keep(file: string, key: string, made: unknown): Promise<void> {
  await writeFileAtomic(file, serialize({ key, made }));
}

/** What a file keeps under a key; undefined if it has another key, isn't there, or can't be read. */
export async function readKept<T>(file: string, key: string): Promise<T | undefined> {
  try {
    const kept = deserialize(await readFile(file)) as { key: string; made: T };
    return kept.key === key ? kept.made : undefined;
  } catch {
    return undefined;
  }
}
