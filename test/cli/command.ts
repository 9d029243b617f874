import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { packageRoot } from '../../src/base/package-root.js';

/** What a command printed, and its exit code; null of one that a signal ended. */
export interface Printed {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Starts `tempograph` as a user does. */
export function startCommand(
  args: readonly string[],
  { cwd, stdin = '' }: { readonly cwd?: string; readonly stdin?: string } = {},
): { readonly child: ChildProcessWithoutNullStreams; readonly result: Promise<Printed> } {
  const child = spawn(process.execPath, [join(packageRoot, 'scripts/tempograph.mjs'), ...args], { cwd });
  child.stdin.end(stdin);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const result = Promise.all([ended, text(child.stdout), text(child.stderr)]).then(([code, out, err]) => ({
    code,
    out,
    err,
  }));
  return { child, result };
}
