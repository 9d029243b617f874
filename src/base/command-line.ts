import { spawn } from 'node:child_process';
import { cleanText } from './clean-text.js';
import { InputError, quote } from './errors.js';

/** Characters of a command's output that are kept, and those of its stderr that are shown. */
const KEPT = 1 << 20;
const SHOWN = 500;

/** The last line that a command printed, or why it failed. */
export type CommandAnswer = { readonly line: string } | { readonly error: string };

export interface CommandLimits {
  /** Time in ms after which the command is killed; unlimited by default. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Runs a program until it ends, then ends everything that it started.
 *
 * @returns the last line of its stdout if it exits with code 0, otherwise why it failed
 */
export function lastLineOf(
  program: string,
  args: readonly string[],
  { timeoutMs, signal }: CommandLimits = {},
): Promise<CommandAnswer> {
  return new Promise((resolve) => {
    // In its own process group, so that whatever the command starts is killed with it.
    const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const kill = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has already ended.
      }
      // A process that left the group could keep these open for ever.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    let timedOut = false;
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            kill();
          }, timeoutMs);
    signal?.addEventListener('abort', kill, { once: true });
    if (signal?.aborted) kill();
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out = (out + text).slice(-KEPT);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err = (err + text).slice(-KEPT);
    });
    const settle = (answer: CommandAnswer) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', kill);
      resolve(answer);
    };
    child.once('error', (error) => settle({ error: `${program} could not be started: ${error.message}` }));
    child.once('close', (code, killedBy) => {
      if (timedOut) settle({ error: `killed after ${timeoutMs} ms` });
      else if (code === 0) settle({ line: out.trimEnd().split('\n').at(-1) ?? '' });
      else
        settle({
          error: `${code === null ? killedBy : `exit code ${code}`}: ${cleanText(err.trim().slice(-SHOWN))}`,
        });
    });
  });
}

/**
 * Splits a command line into words at spaces. Single or double quotes group words; no shell is involved.
 *
 * @param field the option that holds the command line
 * @throws InputError for a quote that is never closed
 */
export function commandWords(line: string, field: string): string[] {
  const words: string[] = [];
  const pattern = /\s*((?:[^\s'"]|'[^']*'|"[^"]*")+)/y;
  let end = 0;
  for (let match = pattern.exec(line); match; match = pattern.exec(line)) {
    words.push(match[1].replace(/'([^']*)'|"([^"]*)"/g, (_, a?: string, b?: string) => a ?? b ?? ''));
    end = pattern.lastIndex;
  }
  if (line.slice(end).trim() !== '') {
    throw new InputError(`${quote(line)} has a quote that is never closed`, { field });
  }
  return words;
}
