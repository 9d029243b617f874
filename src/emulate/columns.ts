import { InputError, quote } from '../base/errors.js';
import type { SimulatorInput, SimulatorOutput } from './simulator.js';

/** How many numbers a list of outputs has per run. */
export function outputCount(outputs: readonly SimulatorOutput[]): number {
  return outputs.reduce((sum, { points = 1 }) => sum + points, 0);
}

/** The column names of outputs: the name of a number, and name1 … nameN for a curve. */
export function outputColumns(outputs: readonly SimulatorOutput[]): string[] {
  return outputs.flatMap(({ name, points }) =>
    points === undefined ? [name] : Array.from({ length: points }, (_, i) => `${name}${i + 1}`),
  );
}

/** The name of an output for people. For a curve it is the common part of its columns `y_1`, `y_2`, …. */
export function outputName(name: string): string {
  return name.replace(/_+$/, '') || name;
}

/** For each number of a run, the index of its output. */
export function outputOfColumn(outputs: readonly SimulatorOutput[]): number[] {
  return outputs.flatMap(({ points = 1 }, k) => new Array<number>(points).fill(k));
}

/** Most numbers per run: with a hundred characters each, a CSV row of this many has its maximum length of 1 MiB. */
const MOST_COLUMNS = 10_000;

const RANGE = /^(.*?)(\d+)\.\.(.*?)(\d+)$/;

/**
 * Outputs as named on a command line: `total,y1..y250`. A range is one curve, whose points share a scale.
 *
 * @param field the option that names them
 * @throws InputError for a range that does not begin at 1, or whose ends have different names; for too many
 *   numbers
 */
export function outputList(text: string, field: string): SimulatorOutput[] {
  const outputs = nameList(text, field).map((part): SimulatorOutput => {
    const match = RANGE.exec(part);
    if (!match) return { name: part };
    const [, name, first, again, last] = match;
    const points = Number(last);
    if (name === '' || (again !== '' && again !== name) || Number(first) !== 1 || points < 2) {
      throw new InputError(`${quote(part)} is not a range of columns as in y1..y250`, { field });
    }
    return { name, points };
  });
  const count = outputCount(outputs);
  if (count <= MOST_COLUMNS) return outputs;
  throw new InputError(`a run of ${count} numbers is too much; at most ${MOST_COLUMNS} are learned`, {
    field,
  });
}

/** Splits a list of names at its commas. @throws InputError for an empty or repeated name */
export function nameList(text: string, field: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (names.includes('')) throw new InputError(`${quote(text)} has an empty name`, { field });
  if (twice !== undefined) throw new InputError(`${quote(twice)} is named twice`, { field });
  return names;
}

/** A range as given on a command line: `0.1:10`, optionally followed by `log`, `whole` or both. */
const INPUT = /^([^=]+)=([^:]+):([^:]+)((?::(?:log|whole))*)$/;

/**
 * Inputs with the ranges from which runs are drawn: `a=0:1,b=1e-3:10:log,n=8:64:whole`.
 *
 * @throws InputError that names the malformed part
 */
export function inputRanges(text: string, field: string): SimulatorInput[] {
  const inputs = text.split(',').map((part): SimulatorInput => {
    const match = INPUT.exec(part.trim());
    const [low, high] = [Number(match?.[2]), Number(match?.[3])];
    if (!match || !Number.isFinite(high - low)) {
      throw new InputError(`${quote(part)} is not <name>=<low>:<high>, which :log or :whole may follow`, {
        field,
      });
    }
    if (low >= high) throw new InputError(`${quote(part)}: ${low} is not below ${high}`, { field });
    const log = match[4].includes(':log');
    const whole = match[4].includes(':whole');
    if (log && low <= 0) throw new InputError(`${quote(part)}: a logarithm needs a range above 0`, { field });
    return { name: match[1].trim(), low, high, ...(log && { log }), ...(whole && { whole }) };
  });
  nameList(inputs.map(({ name }) => name).join(','), field);
  return inputs;
}
