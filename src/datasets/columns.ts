import { InputError, quote } from '../errors.js';
import type { Architecture, SearchSpace } from '../spaces/space.js';

export type LatencyUnit = 'ms' | 's' | 'us';

/** Milliseconds in one of each unit. */
const MILLISECONDS: Record<LatencyUnit, number> = { ms: 1, s: 1000, us: 0.001 };

/** What a header says: where architecture, device and latency stand in a row. */
export interface Columns {
  readonly header: readonly string[];
  readonly layout: 'wide' | 'long';
  /** The devices of a wide file, with their column and factor to milliseconds. */
  readonly devices: readonly { readonly id: string; readonly column: number; readonly toMs: number }[];
  /** A long file's columns. */
  readonly long?: { readonly device: number; readonly latency: number; readonly toMs: number };
  /** @throws InputError naming the column and what would be right */
  readonly architectureOf: (row: readonly string[]) => Architecture;
}

export interface ColumnOptions {
  readonly space: SearchSpace;
  /** Unit of columns that don't name theirs; milliseconds by default. */
  readonly unit?: LatencyUnit;
  /** Only these devices. */
  readonly devices?: readonly string[];
}

/**
 * Reads a header. Long files have the columns `device` and `latency[_ms|_s|_us]`. In wide files the devices are
 * the columns `latency_<device>_<unit>` if there are any, else `<device>_<unit>` if there are any, else every
 * column that is not part of the architecture.
 *
 * @throws InputError if a column is missing, or a device that was asked for is not there
 */
export function readHeader(header: readonly string[], options: ColumnOptions, file: string): Columns {
  const { space, unit = 'ms' } = options;
  const { architectureOf, used } = architectureColumns(header, space, file);
  const latency = header.findIndex((name) => /^latency(_(ms|s|us))?$/.test(name));
  const device = header.indexOf('device');
  if (device >= 0) {
    if (latency < 0) {
      throw new InputError(
        'a file with a column "device" needs a column "latency_ms" (or latency_s, latency_us)',
        { file, line: 1 },
      );
    }
    const toMs = MILLISECONDS[unitOf(header[latency]) ?? unit];
    return { header, layout: 'long', devices: [], long: { device, latency, toMs }, architectureOf };
  }
  const devices = deviceColumns(header, used, unit);
  const wanted = options.devices ?? devices.map((d) => d.id);
  const missing = wanted.find((id) => !devices.some((d) => d.id === id));
  if (missing !== undefined) {
    throw new InputError(
      `no column for device ${quote(missing)}; the file has ${devices.map((d) => d.id).join(', ') || 'none'}`,
      { file, line: 1 },
    );
  }
  if (devices.length === 0)
    throw new InputError('no latency column beside the architecture', { file, line: 1 });
  return { header, layout: 'wide', devices: devices.filter((d) => wanted.includes(d.id)), architectureOf };
}

function unitOf(column: string): LatencyUnit | undefined {
  return /_(ms|s|us)$/.exec(column)?.[1] as LatencyUnit | undefined;
}

function deviceColumns(
  header: readonly string[],
  used: ReadonlySet<number>,
  unit: LatencyUnit,
): Columns['devices'][number][] {
  const matching = (pattern: RegExp) =>
    header.flatMap((name, column) => {
      const match = used.has(column) ? null : pattern.exec(name);
      return match
        ? [{ id: match[1], column, toMs: MILLISECONDS[(match[2] as LatencyUnit | undefined) ?? unit] }]
        : [];
    });
  const prefixed = matching(/^latency_(.+)_(ms|s|us)$/);
  if (prefixed.length > 0) return prefixed;
  const suffixed = matching(/^(.+)_(ms|us|s)$/);
  return suffixed.length > 0 ? suffixed : matching(/^(.+)$/);
}

/** The architecture from one column with its string, else from a column per slot. */
function architectureColumns(header: readonly string[], space: SearchSpace, file: string) {
  const index = header.indexOf('arch_index');
  const names = [...space.architectureColumns, 'arch', 'architecture'];
  const name = names.find((n) => header.includes(n));
  if (name !== undefined) {
    const column = header.indexOf(name);
    const architectureOf = (row: readonly string[]) => {
      try {
        return space.parse(row[column]);
      } catch (error) {
        throw error instanceof InputError ? new InputError(error.message, { column: name }) : error;
      }
    };
    return { architectureOf, used: new Set([column, index]) };
  }
  const columns = space.slots.map((slot) => header.indexOf(slot.name));
  const missing = columns.indexOf(-1);
  if (missing >= 0) {
    const slots =
      space.slots.length > 8
        ? `${space.slots[0].name} … ${space.slots.at(-1)?.name}`
        : space.slots.map((s) => s.name).join(', ');
    throw new InputError(
      `no architecture: neither a column ${space.architectureColumns.map((n) => quote(n)).join(' or ')}, nor one per choice (${slots}; ${quote(space.slots[missing].name)} is missing)`,
      { file, line: 1 },
    );
  }
  const architectureOf = (row: readonly string[]) =>
    Uint8Array.from(space.slots, ({ name: slot, options }, k) => {
      const option = options.indexOf(row[columns[k]]);
      if (option < 0)
        throw new InputError(`${quote(row[columns[k]])} is none of ${options.join(', ')}`, { column: slot });
      return option;
    });
  return { architectureOf, used: new Set([...columns, index, header.indexOf('arch_id')]) };
}
