import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/** Where something is done when it ends: a test, or else the suite or file that is being set up. */
interface Ending {
  after(then: () => void): void;
}

/** A folder that goes when the test ends or, without one, when the suite or file does that asks for it. */
export function temporaryFolder(t: Ending = { after }): string {
  const folder = mkdtempSync(join(tmpdir(), 'tempograph-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Path of a file with this content that goes when the test ends. */
export function temporaryFile(t: Ending, name: string, content: string | Uint8Array): string {
  const path = join(temporaryFolder(t), name);
  writeFileSync(path, content);
  return path;
}
