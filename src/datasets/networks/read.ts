import { stat } from 'node:fs/promises';
import { InputError, quote } from '../../base/errors.js';
import { unknownDevice } from '../columns.js';
import { csvRows, lengthProblem } from '../csv.js';
import type { Reject } from '../rejects.js';
import type { NetworkKey } from './graphs.js';

/** A row of a dataset of networks. */
export interface NetworkRow extends NetworkKey {
  readonly device: string;
  readonly latencyMs: number;
}

export interface NetworkReadOptions {
  /** Only these devices are read. */
  readonly devices?: readonly string[];
  /** Called for everything that is rejected; reading continues. */
  readonly onReject: (reject: Reject) => void;
}

const LATENCY = /^latency(?:_(ms|s|us))?$/;
const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, us: 0.001 };
const SHA256 = /^[0-9a-f]{64}$/;

/**
 * Whether a CSV's header says that it is about ONNX networks, not architectures. A pipe, which can be read
 * only once, never is: there are no graphs beside it.
 */
export async function isOfNetworks(file: string): Promise<boolean> {
  const isPipe = await stat(file).then(
    (found) => found.isFIFO(),
    () => false,
  );
  if (isPipe) return false;
  for await (const { record } of csvRows(file, { to: 1, relax_column_count: true }))
    return record.some((name) => name.trim() === 'onnx');
  return false;
}

/**
 * Reads a CSV of ONNX networks' latencies (`onnx,sha256,device,latency_ms`; other columns are ignored).
 *
 * @throws InputError if the file as a whole cannot be used: it is not a CSV, lacks a column, has no rows, or
 *   has nothing about a requested device
 */
export async function readNetworkRows(file: string, options: NetworkReadOptions): Promise<NetworkRow[]> {
  let columns: ReturnType<typeof columnsOf> | undefined;
  const rows = new Map<string, NetworkRow & { line: number }>();
  const devices = new Set<string>();
  let count = 0;
  for await (const { record, line } of csvRows(file, { trim: true, relax_column_count: true })) {
    if (columns === undefined) {
      columns = columnsOf(record, file);
      continue;
    }
    count++;
    const read = rowOf(record, columns);
    if ('reason' in read) {
      options.onReject({ line, ...read });
      continue;
    }
    devices.add(read.device);
    if (options.devices && !options.devices.includes(read.device)) continue;
    const key = `${read.sha256} ${read.device}`;
    const known = rows.get(key);
    if (known && known.latencyMs !== read.latencyMs) {
      const value = record[columns.latency];
      const reason =
        `${quote(value)} is a second value of this network and device, which had ${known.latencyMs} ms in ` +
        `line ${known.line}; keep one`;
      options.onReject({ line, column: columns.header[columns.latency], value, reason });
    } else if (!known) rows.set(key, { ...read, line });
  }
  if (columns === undefined) {
    throw new InputError('the file is empty; its first line must name the columns', { file });
  }
  if (count === 0) throw new InputError('there is no row below the header', { file });
  const absent = options.devices?.find((id) => !devices.has(id));
  if (absent !== undefined) throw new InputError(unknownDevice(absent, [...devices]), { file });
  return [...rows.values()].map(({ line: _, ...row }) => row);
}

function columnsOf(names: readonly string[], file: string) {
  const header = names.map((name) => name.trim().replace(/_[µμ]s$/, '_us'));
  const wrong = (message: string) => new InputError(message, { file, line: 1 });
  const twice = header.find((name, i) => name !== '' && header.indexOf(name) !== i);
  if (twice !== undefined) throw wrong(`there are two columns ${quote(twice)}`);
  const at = (name: string, what: string): number => {
    const column = header.indexOf(name);
    if (column < 0) throw wrong(`there is no column ${quote(name)}, ${what}`);
    return column;
  };
  const latency = header.findIndex((name) => LATENCY.test(name));
  if (latency < 0) throw wrong('there is no column "latency_ms" (or latency_s, latency_us)');
  return {
    header,
    onnx: at('onnx', "each network's file"),
    sha256: at(
      'sha256',
      'the digest of that file without its weights, as `tempograph measure --onnx` writes it',
    ),
    device: at('device', 'what the network was measured on'),
    latency,
    toMs: MILLISECONDS[LATENCY.exec(header[latency])?.[1] ?? 'ms'],
  };
}

/** A row, or what is wrong with it. */
function rowOf(
  record: readonly string[],
  columns: ReturnType<typeof columnsOf>,
): NetworkRow | Omit<Reject, 'line'> {
  const { header } = columns;
  const length = lengthProblem(record, header);
  if (length !== undefined) return { value: record.join(',').slice(0, 200), reason: `the row ${length}` };
  const cell = (column: number, problem: (value: string) => string | undefined) => {
    const value = record[column];
    const reason = problem(value);
    return reason === undefined ? undefined : { column: header[column], value, reason };
  };
  const latencyMs = Number(record[columns.latency]) * columns.toMs;
  return (
    cell(columns.onnx, (value) => (value === '' ? 'the network has no name' : undefined)) ??
    cell(columns.sha256, (value) =>
      SHA256.test(value)
        ? undefined
        : `${quote(value)} is not a SHA-256: it must have 64 digits 0 … 9, a … f`,
    ) ??
    cell(columns.device, (value) => (value === '' ? 'the device has no name' : undefined)) ??
    cell(columns.latency, (value) =>
      value !== '' && Number.isFinite(latencyMs) && latencyMs > 0
        ? undefined
        : `${quote(value)} is not a latency, which must be a finite number above 0`,
    ) ?? {
      onnx: record[columns.onnx],
      sha256: record[columns.sha256],
      device: record[columns.device],
      latencyMs,
    }
  );
}
