import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];

/** A folder that goes when the process ends: after all hooks of its file, whatever they still close in it. */
export function temporaryFolder(): string {
  if (made.length === 0) process.once('exit', () => made.forEach(remove));
  const folder = mkdtempSync(join(tmpdir(), 'tempograph-'));
  made.push(folder);
  return folder;
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Path of a file with this content that goes when the process ends. */
export function temporaryFile(name: string, content: string | Uint8Array): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}
