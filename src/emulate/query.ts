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
  for await (const { info, record } of csvRows(file)) {
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
    asked.push(
      positions.map((position, k) => checkedInput(inputs[k], record[position], { file, line: info.lines })),
    );
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
  for (const name of given.keys()) {
    if (inputs.some((input) => input.name === name)) continue;
    throw new InputError(`${quote(name)} is not an input; they are ${inputs.map((i) => i.name).join(', ')}`, {
      field,
    });
  }
  return inputs.map((input) => {
    const value = given.get(input.name);
    if (value === undefined) throw new InputError(`${input.name} is not given`, { field });
    return checkedInput(input, value, { field });
  });
}

/** @throws InputError for text that is not a number, or that has no logarithm although the emulator takes it */
function checkedInput(
  { name, log }: SimulatorInput,
  text: string,
  place: { readonly file?: string; readonly line?: number; readonly field?: string },
): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) {
    throw new InputError(`${quote(text)} is not a finite number`, { ...place, column: name });
  }
  if (log && value <= 0) {
    throw new InputError(`${value} has no logarithm, which is what the emulator sees`, {
      ...place,
      column: name,
    });
  }
  return value;
}
