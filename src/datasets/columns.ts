import { InputError, quote } from '../base/errors.js';
import type { Architecture, SearchSpace } from '../spaces/space.js';

export type LatencyUnit = 'ms' | 's' | 'us';

/** Milliseconds in one of each unit. */
const MILLISECONDS: Record<LatencyUnit, number> = { ms: 1, s: 1000, us: 0.001 };

/** Columns that number the rows and say nothing else. */
const ROW_NUMBERS = ['arch_index', 'arch_id'];

/** A column of latencies, and what makes milliseconds of them. */
export interface LatencyColumn {
  readonly column: number;
  readonly toMs: number;
}

/** What a header says: where architecture, device and latency stand in a row. */
export interface Columns {
  readonly header: readonly string[];
  /** @throws BadCell naming the column and what would be right */
  readonly architectureOf: (row: readonly string[]) => Architecture;
  /** A wide file's devices in column order; a long file has none. */
  readonly devices: readonly (LatencyColumn & { readonly id: string })[];
  /** A long file's columns. */
  readonly long?: { readonly device: number; readonly latency: LatencyColumn };
}

export interface ColumnOptions {
  readonly space: SearchSpace;
  /** Unit of columns that don't name theirs; milliseconds by default. */
  readonly unit?: LatencyUnit;
  /** Only these devices. */
  readonly devices?: readonly string[];
}

/** A cell that does not say an architecture. */
export class BadCell extends Error {
  constructor(
    readonly column: string,
    reason: string,
  ) {
    super(reason);
  }
}

/**
 * Reads a header. Long files have the columns `device` and `latency[_ms|_s|_us]`. In wide files the devices are
 * the columns `latency_<device>_<unit>` if there are any, else `<device>_<unit>` if there are any, else every
 * column that is not part of the architecture. Units are ms, s and us (or µs).
 *
 * @throws InputError if a column is missing or named twice, or a device that was asked for is not there
 */
export function readHeader(names: readonly string[], options: ColumnOptions, file: string): Columns {
  const { space, unit = 'ms' } = options;
  const header = names.map((name) => name.trim().replace(/_[µμ]s$/, '_us'));
  const wrong = (message: string) => new InputError(message, { file, line: 1 });
  if (header.length === 1 && /[;\t]/.test(header[0])) throw wrong('columns must be separated by commas');
  const twice = header.find((name, i) => name !== '' && header.indexOf(name) !== i);
  if (twice !== undefined) throw wrong(`there are two columns ${quote(twice)}`);

  const architectureOf = architectureReader(header, space, wrong);
  const device = header.indexOf('device');
  const latency = header.findIndex((name) => /^latency(_(ms|s|us))?$/.test(name));
  if (device >= 0 && latency < 0) {
    throw wrong('beside "device" there must be a column "latency_ms" (or latency_s, latency_us)');
  }
  if (latency >= 0 && device < 0) {
    const name = quote(header[latency]);
    throw wrong(`beside ${name} there must be a column "device"; or let ${name} bear the device's name`);
  }
  if (latency >= 0) {
    const named = /_(.+)$/.exec(header[latency])?.[1] as LatencyUnit | undefined;
    const long = { device, latency: { column: latency, toMs: MILLISECONDS[named ?? unit] } };
    return { header, architectureOf, devices: [], long };
  }

  const devices = deviceColumns(header, space, unit);
  const present = devices.map(({ id }) => id);
  const absent = options.devices?.find((id) => !present.includes(id));
  if (absent !== undefined) throw wrong(unknownDevice(absent, present));
  if (devices.length === 0) throw wrong('there is no latency column beside the architecture');
  return {
    header,
    architectureOf,
    devices: devices.filter(({ id }) => options.devices?.includes(id) ?? true),
  };
}

/** Devices that an error message names; the rest is counted. */
const NAMED = 50;

/** Says that a device is not in a file, and which are. */
export function unknownDevice(id: string, present: readonly string[]): string {
  const named = present.slice(0, NAMED).join(', ') || 'none';
  const more = present.length > NAMED ? ` and ${present.length - NAMED} more` : '';
  return `there is no device ${quote(id)}; the file has ${named}${more}`;
}

function deviceColumns(header: readonly string[], space: SearchSpace, unit: LatencyUnit): Columns['devices'] {
  const others = new Set([
    ...space.architectureColumns,
    ...Object.keys(space.joinedColumns ?? {}),
    ...space.slots.map((slot) => slot.name),
    ...ROW_NUMBERS,
  ]);
  const matching = (pattern: RegExp) =>
    header.flatMap((name, column) => {
      const match = others.has(name) ? null : pattern.exec(name);
      if (!match) return [];
      return [{ id: match[1], column, toMs: MILLISECONDS[(match[2] as LatencyUnit | undefined) ?? unit] }];
    });
  const prefixed = matching(/^latency_(.+)_(ms|s|us)$/);
  if (prefixed.length > 0) return prefixed;
  const suffixed = matching(/^(.+)_(ms|s|us)$/);
  return suffixed.length > 0 ? suffixed : matching(/^(.+)$/);
}

/**
 * Reads the architecture from the column with its string, else from columns with its choices.
 *
 * @param wrong makes the error for a header without either
 */
export function architectureReader(
  header: readonly string[],
  space: SearchSpace,
  wrong: (message: string) => InputError,
): Columns['architectureOf'] {
  const name = space.architectureColumns.find((n) => header.includes(n));
  if (name === undefined) return choicesReader(header, space, wrong);
  const column = header.indexOf(name);
  return (row) => {
    try {
      return space.parse(row[column]);
    } catch (error) {
      throw error instanceof InputError ? new BadCell(name, error.message) : error;
    }
  };
}

/** Reads the architecture from a column per slot; a column may also give several slots, joined by '-'. */
function choicesReader(
  header: readonly string[],
  space: SearchSpace,
  wrong: (message: string) => InputError,
): Columns['architectureOf'] {
  const joinable = Object.entries(space.joinedColumns ?? {});
  const joined = joinable.filter(([name]) => header.includes(name));
  const given = new Set(joined.flatMap(([, slots]) => slots));
  const single = space.slots.flatMap(({ name }, k) => (given.has(k) ? [] : [[name, [k]] as const]));
  const sources = [...joined, ...single].map(([name, slots]) => ({
    name,
    slots,
    column: header.indexOf(name),
  }));
  const missing = sources.find(({ column }) => column < 0);
  if (missing) {
    const strings = space.architectureColumns.map((n) => quote(n)).join(' or ');
    const [first, last] = [space.slots[0].name, space.slots[space.slots.length - 1].name];
    const names = joinable.map(([name]) => name).join(', ');
    const shortcut = names === '' ? '' : `; ${names} may each give all their choices, joined by '-'`;
    throw wrong(
      `there is no architecture: neither a column ${strings} with strings like ${space.example}, ` +
        `nor a column per choice, ${first} … ${last} (${quote(missing.name)} is missing${shortcut})`,
    );
  }
  return (row) => {
    const architecture = new Uint8Array(space.slots.length);
    for (const { name, slots, column } of sources) {
      const text = row[column];
      const values = slots.length === 1 ? [text] : text.split('-');
      if (values.length !== slots.length) {
        const problem = `has ${values.length} values joined by '-', and must have ${slots.length}`;
        throw new BadCell(name, `${quote(text)} ${problem}`);
      }
      for (const [i, k] of slots.entries()) {
        const { options } = space.slots[k];
        const option = options.indexOf(values[i].trim());
        if (option < 0) throw new BadCell(name, `${quote(values[i])} is none of ${options.join(', ')}`);
        architecture[k] = option;
      }
    }
    // Choices that have no effect, as of blocks beyond a stage's depth, are no part of the architecture.
    return space.parse(space.format(architecture));
  };
}
