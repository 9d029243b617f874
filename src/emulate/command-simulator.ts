import { cleanText } from '../base/clean-text.js';
import { commandWords, lastLineOf } from '../base/command-line.js';
import { InputError, quote } from '../base/errors.js';
import type { Simulator, SimulatorInput, SimulatorOutput } from './simulator.js';

export interface CommandSimulatorOptions {
  /** Program and arguments in one line: `./sim {a} {b}`. Quotes group words; no shell is involved. */
  readonly command: string;
  readonly inputs: readonly SimulatorInput[];
  /** Time in ms after which a run is killed; unlimited by default. */
  readonly timeoutMs?: number;
  /** Further attempts if a run fails; 0 by default. */
  readonly retries?: number;
}

/** A command's last line: numbers and lists of numbers by name. */
export interface SimulatorAnswer {
  readonly outputs: readonly SimulatorOutput[];
  readonly values: Float64Array;
}

/**
 * A simulator that runs a command of the user's. The last line of its stdout must be JSON: a number, a list
 * of numbers, or an object of these. The first answer determines the outputs; a later run with other outputs
 * counts as failed.
 *
 * @throws InputError if the command line lacks an input, has an unknown one, or has a quote that is never
 *   closed
 */
export function commandSimulator(options: CommandSimulatorOptions): Simulator {
  const { command, inputs, timeoutMs, retries = 0 } = options;
  const field = '--simulator';
  const words = commandWords(command, field);
  const named = new Set(words.flatMap((word) => [...word.matchAll(/\{([^{}]+)\}/g)].map(([, name]) => name)));
  for (const { name } of inputs) {
    if (!named.has(name)) throw new InputError(`${quote(command)} does not have {${name}}`, { field });
  }
  for (const name of named) {
    if (inputs.some((input) => input.name === name)) continue;
    throw new InputError(`${quote(command)} has {${name}}, which is none of the inputs`, { field });
  }
  let outputs: readonly SimulatorOutput[] | undefined;
  return {
    name: command,
    inputs,
    get outputs() {
      return outputs;
    },
    async run(values, signal) {
      const [program, ...args] = words.map((word) =>
        inputs.reduce((filled, { name }, k) => filled.replaceAll(`{${name}}`, String(values[k])), word),
      );
      let problem = '';
      for (let attempt = 0; attempt <= retries && !signal?.aborted; attempt++) {
        const said = await lastLineOf(program, args, { timeoutMs, signal });
        const answer = 'error' in said ? said.error : answerIn(said.line);
        if (typeof answer === 'string') problem = answer;
        else {
          outputs ??= answer.outputs;
          const differs = differenceOf(outputs, answer.outputs);
          if (differs === undefined) return answer.values;
          problem = differs;
        }
      }
      signal?.throwIfAborted();
      throw new Error(problem);
    },
  };
}

/** The answer in a line, or why there is none. */
function answerIn(line: string): SimulatorAnswer | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return `the last line of stdout is not JSON: ${quote(cleanText(line))}`;
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const named = isObject ? (value as Record<string, unknown>) : { y: value };
  const outputs: SimulatorOutput[] = [];
  const values: number[] = [];
  for (const [name, said] of Object.entries(named)) {
    const numbers: unknown[] = Array.isArray(said) ? said : [said];
    if (numbers.length === 0 || !numbers.every((number) => typeof number === 'number')) {
      return `output ${quote(name)} is neither a number nor a list of numbers: ${quote(cleanText(line))}`;
    }
    outputs.push(numbers.length > 1 ? { name, points: numbers.length } : { name });
    values.push(...(numbers as number[]));
  }
  return outputs.length > 0
    ? { outputs, values: Float64Array.from(values) }
    : 'the last line of stdout has no output';
}

function differenceOf(
  first: readonly SimulatorOutput[],
  now: readonly SimulatorOutput[],
): string | undefined {
  const described = (outputs: readonly SimulatorOutput[]) =>
    outputs.map(({ name, points = 1 }) => `${name} (${points})`).join(', ');
  const [expected, found] = [described(first), described(now)];
  return expected === found ? undefined : `its outputs are ${found}, but those of the first run ${expected}`;
}
