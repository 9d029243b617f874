import { spawn } from 'node:child_process';
import { cleanText } from '../../base/clean-text.js';
import { InputError, quote } from '../../base/errors.js';
import type { Architecture, SearchSpace } from '../../spaces/space.js';
import type { Outcome } from '../trial.js';
import type { Evaluator } from './evaluator.js';

/** How a command is told of an architecture. */
export interface CommandArgument {
  /** What is replaced in the command line. */
  readonly placeholder: string;
  /** Runs a body with what takes its place: a text, or the path of a file that is there meanwhile. */
  with<Result>(architecture: Architecture, body: (text: string) => Promise<Result>): Promise<Result>;
}

export interface CommandOptions {
  readonly space: SearchSpace;
  /** By default the canonical string takes the place of `{arch}`. */
  readonly argument?: CommandArgument;
  /** Program and arguments as one line, `python train.py {arch}`; quotes group words, no shell is involved. */
  readonly command: string;
  /** After which an attempt is killed; never by default. */
  readonly timeoutMs?: number;
  /** Attempts after a failed one; 0 by default. */
  readonly retries?: number;
}

/** Output that is kept of a command, and shown of what it complained about. */
const KEPT = 1 << 20;
const SHOWN = 500;

/**
 * Trains networks with a command of the user's. Its last line on stdout must be a JSON object with a number
 * `accuracy`; whatever else is in it goes into the run's log.
 *
 * @throws InputError if the command line has no placeholder or an open quote
 */
export function commandEvaluator({
  space,
  argument = canonicalString(space),
  command,
  timeoutMs,
  retries = 0,
}: CommandOptions): Evaluator {
  const { placeholder } = argument;
  const words = splitWords(command);
  if (words.length === 0 || !words.some((word) => word.includes(placeholder))) {
    throw new InputError(`${quote(command)} is not a command with ${placeholder} in it`, {
      field: '--evaluator',
    });
  }
  return {
    async evaluate(architecture: Architecture, signal?: AbortSignal): Promise<Outcome> {
      const started = performance.now();
      const seconds = () => (performance.now() - started) / 1000;
      return argument.with(architecture, async (text) => {
        let error = '';
        for (let attempt = 0; attempt <= retries && !signal?.aborted; attempt++) {
          const [program, ...args] = words.map((word) => word.replaceAll(placeholder, text));
          const result = await attemptOf(program, args, timeoutMs, signal);
          if ('accuracy' in result) return { ...result, seconds: seconds() };
          error = retries > 0 ? `attempt ${attempt + 1}: ${result.error}` : result.error;
        }
        return { error, seconds: seconds() };
      });
    },
  };
}

function canonicalString(space: SearchSpace): CommandArgument {
  return { placeholder: '{arch}', with: (architecture, body) => body(space.format(architecture)) };
}

type Attempt = { accuracy: number; details?: Record<string, unknown> } | { error: string };

function attemptOf(
  program: string,
  args: readonly string[],
  timeoutMs: number | undefined,
  signal: AbortSignal | undefined,
): Promise<Attempt> {
  return new Promise((resolve) => {
    // A group of its own, so that what the command itself has started ends with it.
    const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const kill = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
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
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out = (out + text).slice(-KEPT);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err = (err + text).slice(-KEPT);
    });
    const settle = (attempt: Attempt) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', kill);
      resolve(attempt);
    };
    child.once('error', (error) => settle({ error: `${program} could not be started: ${error.message}` }));
    child.once('close', (code, killedBy) => {
      if (timedOut) settle({ error: `killed after ${timeoutMs} ms` });
      else if (code === 0) settle(parsed(out));
      else
        settle({
          error: `${code === null ? killedBy : `exit code ${code}`}: ${cleanText(err.trim().slice(-SHOWN))}`,
        });
    });
  });
}

/** The accuracy in a command's last line. */
function parsed(out: string): Attempt {
  const line = out.trimEnd().split('\n').at(-1) ?? '';
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { error: `the last line of stdout is not JSON: ${quote(cleanText(line))}` };
  }
  const { accuracy, ...details } = (value ?? {}) as Record<string, unknown>;
  if (typeof accuracy !== 'number' || !Number.isFinite(accuracy)) {
    return { error: `the last line of stdout has no finite number "accuracy": ${quote(cleanText(line))}` };
  }
  return Object.keys(details).length > 0 ? { accuracy, details } : { accuracy };
}

/** Words separated by spaces; single or double quotes group them. */
function splitWords(line: string): string[] {
  const words: string[] = [];
  const pattern = /\s*((?:[^\s'"]|'[^']*'|"[^"]*")+)/y;
  let end = 0;
  for (let match = pattern.exec(line); match; match = pattern.exec(line)) {
    words.push(match[1].replace(/'([^']*)'|"([^"]*)"/g, (_, a?: string, b?: string) => a ?? b ?? ''));
    end = pattern.lastIndex;
  }
  if (line.slice(end).trim() !== '') {
    throw new InputError(`${quote(line)} has a quote that is never closed`, { field: '--evaluator' });
  }
  return words;
}
