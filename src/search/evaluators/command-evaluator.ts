import { cleanText } from '../../base/clean-text.js';
import { commandWords, lastLineOf } from '../../base/command-line.js';
import { InputError, quote } from '../../base/errors.js';
import type { Architecture, SearchSpace } from '../../spaces/space.js';
import type { Outcome } from '../trial.js';
import type { Evaluator } from './evaluator.js';

/** How an architecture is passed to a command. */
export interface CommandArgument {
  /** The text in the command line to replace. */
  readonly placeholder: string;
  /** Runs a body with the replacement: a text, or the path of a file that exists in the meantime. */
  with<Result>(architecture: Architecture, body: (text: string) => Promise<Result>): Promise<Result>;
}

export interface CommandEvaluatorOptions {
  readonly space: SearchSpace;
  /** By default, `{arch}` is replaced by the canonical string. */
  readonly argument?: CommandArgument;
  /** Program and arguments in one line: `python train.py {arch}`. Quotes group words; no shell is involved. */
  readonly command: string;
  /** Time in ms after which an attempt is killed; unlimited by default. */
  readonly timeoutMs?: number;
  /** Further attempts if one fails; 0 by default. */
  readonly retries?: number;
}

/**
 * Trains networks with a command of the user's. The last line of its stdout must be a JSON object with a
 * number `accuracy`; its other fields are added to the run's log.
 *
 * @throws InputError if the command line has no placeholder, or a quote that is never closed
 */
export function commandEvaluator({
  space,
  argument = canonicalString(space),
  command,
  timeoutMs,
  retries = 0,
}: CommandEvaluatorOptions): Evaluator {
  const { placeholder } = argument;
  const words = commandWords(command, '--evaluator');
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
          const answer = await lastLineOf(program, args, { timeoutMs, signal });
          const result = 'error' in answer ? answer : parsed(answer.line);
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

/** The accuracy in a command's last line. */
function parsed(line: string): Attempt {
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
