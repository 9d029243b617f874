import { spawn } from 'node:child_process';
import { cleanText } from './clean-text.js';
import { InputError, quote } from './errors.js';

/** Output that is kept of a command, and shown of what it complained about. */
const KEPT = 1 << 20;
const SHOWN = 500;

/** What a command says last, or why it failed. */
export type CommandAnswer = { readonly line: string } | { readonly error: string };

/** How a command is run. */
export interface CommandLimits {
  /** After which it is killed; never by default. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Runs a program until it ends, and everything that it has started with it.
 *
 * @returns the last line of its stdout, if it ended by itself and well
 */
export function lastLineOf(
  program: string,
  args: readonly string[],
  { timeoutMs, signal }: CommandLimits = {},
): Promise<CommandAnswer> {
  return new Promise((resolve) => {
    // A group of its own, so that what the command itself has started ends with it.
    const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const kill = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
      // What has left the group may keep them open for ever.
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
 * Words separated by spaces; single or double quotes group them, and no shell is involved.
 *
 * @param field the option that has the line
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
