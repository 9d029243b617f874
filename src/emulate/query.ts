import { InputError, quote } from '../base/errors.js';
import { csvRows } from '../datasets/csv.js';
import type { SimulatorInput } from './simulator.js';

/**
 * Reads inputs for an emulator from a CSV with a column for each; other columns are ignored.
 *
 * @returns `[run][input]`
 * @throws InputError that names the file, line and column of a missing value or one that is not a number
 */
export async function readInputs(file: string, inputs: readonly SimulatorInput[]): Promise<number[][]> {
  const asked: number[][] = [];
  let positions: number[] | undefined;
  for await (const { line, record } of csvRows(file)) {
    if (!positions) {
      const names = record.map((name) => name.trim());
      positions = inputs.map(({ name }) => {
        if (names.includes(name)) return names.indexOf(name);
        throw new InputError(`there is no column ${quote(name)}; the file has ${names.join(', ')}`, {
          file,
          line: 1,
        });
      });
      continue;
    }
    asked.push(positions.map((position, k) => checkedInput(inputs[k], record[position], { file, line })));
  }
  if (asked.length === 0) throw new InputError('there is no row of inputs', { file });
  return asked;
}

/**
 * Reads inputs as given on a command line: `a=1,b=2`.
 *
 * @throws InputError that names a missing or unknown input, or a value that is not a number
 */
export function inputsAt(text: string, inputs: readonly SimulatorInput[], field: string): number[] {
  const given = new Map(
    text.split(',').map((part) => {
      const [name, ...value] = part.split('=');
      if (value.length !== 1) throw new InputError(`${quote(part)} is not <input>=<number>`, { field });
      return [name.trim(), value[0]];
    }),
  );
  const [fault] = faultsOf(given.keys(), inputs);
  if (fault) throw new InputError(fault.message, { field });
  return inputs.map((input) => checkedInput(input, given.get(input.name)!, { field }));
}

/** Names that are not inputs, and inputs that are not named. */
export function faultsOf(
  names: Iterable<string>,
  inputs: readonly SimulatorInput[],
): { readonly name: string; readonly message: string }[] {
  const given = new Set(names);
  const known = new Set(inputs.map(({ name }) => name));
  const unknown = [...given].filter((name) => !known.has(name));
  const missing = [...known].filter((name) => !given.has(name));
  const listed = [...known].join(', ');
  return [
    ...unknown.map((name) => ({ name, message: `${quote(name)} is not an input; the inputs are ${listed}` })),
    ...missing.map((name) => ({ name, message: `${name} is not given` })),
  ];
}

/** What is wrong with the value of an input, if anything. */
export function faultOfValue({ log }: SimulatorInput, value: number): string | undefined {
  if (!Number.isFinite(value)) return 'is not a finite number';
  return log && value <= 0 ? 'has no logarithm, and the emulator needs one' : undefined;
}

/** @throws InputError for text that is not a number, or that has no logarithm although the emulator needs one */
function checkedInput(
  input: SimulatorInput,
  text: string,
  place: { readonly file?: string; readonly line?: number; readonly field?: string },
): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  const fault = faultOfValue(input, value);
  if (fault === undefined) return value;
  throw new InputError(`${quote(text)} ${fault}`, { ...place, column: input.name });
}
