import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../base/errors.js';

/**
 * A search's log itself, or the logs in a folder (`*.jsonl`), by name.
 *
 * @throws InputError if there is neither
 */
export async function logsIn(path: string): Promise<string[]> {
  const about = await stat(path).catch(() => {
    throw new InputError('there is no such file or folder', { file: path });
  });
  if (!about.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => name.endsWith('.jsonl'));
  return names.sort(new Intl.Collator('en', { numeric: true }).compare).map((name) => join(path, name));
}
