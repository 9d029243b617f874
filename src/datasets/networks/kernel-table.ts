import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { stringify } from 'csv-stringify/sync';
import writeFileAtomic from 'write-file-atomic';
import { InputError, quote } from '../../base/errors.js';
import { readRegularFile } from '../../base/regular-file.js';
import { KERNEL_COLUMNS, type Kernel, kernelCells, kernelFromCells } from '../../runtimes/kernel.js';
import { csvRows, withoutCsvEnding } from '../csv.js';

/** A kernel of a network as a device executed it, with its time. */
export interface TimedKernel {
  readonly kernel: Kernel;
  /** Microseconds, scaled so that a network's kernels add up to its undisturbed latency. */
  readonly us: number;
}

const OWN_COLUMNS = ['sha256', 'device', 'node', 'us'] as const;

/** Path of the kernel table of a dataset of networks: `<name>.kernels.csv.gz` beside it. */
export const kernelsPathOf = (file: string): string => `${withoutCsvEnding(file)}.kernels.csv.gz`;

/** Key of a network's kernels in a kernel table. */
export const kernelTableKey = (sha256: string, device: string): string => `${sha256} ${device}`;

/**
 * Writes the kernels of networks.
 *
 * @returns SHA-256 of the file
 */
export async function writeKernelTable(
  file: string,
  networks: readonly { sha256: string; device: string; kernels: readonly TimedKernel[] }[],
): Promise<string> {
  const rows = networks.flatMap(({ sha256, device, kernels }) =>
    kernels.map(({ kernel, us }, node) => [
      sha256,
      device,
      node,
      Number(us.toPrecision(4)),
      ...kernelCells(kernel),
    ]),
  );
  const bytes = gzipSync(stringify([[...OWN_COLUMNS, ...KERNEL_COLUMNS], ...rows]), { level: 9 });
  await writeFileAtomic(kernelsPathOf(file), bytes);
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Reads the kernel table beside a dataset of networks; empty if there is none.
 *
 * @throws InputError that names the line and column of the first unusable cell
 */
export async function readKernelTable(file: string): Promise<Map<string, TimedKernel[]>> {
  const path = kernelsPathOf(file);
  const kernels = new Map<string, TimedKernel[]>();
  if (!existsSync(path)) return kernels;
  let header: readonly string[] | undefined;
  for await (const { record, line } of csvRows(path)) {
    if (header === undefined) {
      header = record;
      const missing = [...OWN_COLUMNS, ...KERNEL_COLUMNS].find((column) => !record.includes(column));
      if (missing !== undefined) {
        throw new InputError(`there is no column ${quote(missing)}`, { file: path, line: 1 });
      }
      continue;
    }
    const row = Object.fromEntries(header.map((column, i) => [column, record[i]]));
    const at = { file: path, line };
    const us = Number(row.us);
    if (row.us.trim() === '' || !Number.isFinite(us) || us <= 0) {
      throw new InputError(`${quote(row.us)} is not a time, which must be a finite number above 0`, {
        ...at,
        column: 'us',
      });
    }
    const key = kernelTableKey(row.sha256, row.device);
    const of = kernels.get(key) ?? [];
    if (Number(row.node) !== of.length) {
      throw new InputError(`${quote(row.node)} is not the next node of its network, ${of.length}`, {
        ...at,
        column: 'node',
      });
    }
    of.push({ kernel: kernelFromCells(row, at), us });
    kernels.set(key, of);
  }
  return kernels;
}

/** SHA-256 of the kernel table beside a dataset; undefined if there is none. */
export async function kernelTableSha256(file: string): Promise<string | undefined> {
  const path = kernelsPathOf(file);
  if (!existsSync(path)) return undefined;
  return createHash('sha256')
    .update(await readRegularFile(path))
    .digest('hex');
}
