import { readFile } from 'node:fs/promises';
import { Value } from 'typebox/value';
import { InputError } from '../errors.js';
import type { SearchSpace } from '../spaces/space.js';
import { DatasetCard } from './card.js';
import type { LatencyUnit } from './columns.js';
import { type Reject, readLatency } from './read.js';
import type { LatencySamples } from './samples.js';

/** Rejected rows that an error shows; the rest is counted. */
const SHOWN = 20;

/** One device's samples, and what is known about the file they came from. */
export interface DeviceSamples extends LatencySamples {
  readonly sha256: string;
  /** The card beside the file, where there is one. */
  readonly card?: DatasetCard;
}

export interface LoadOptions {
  readonly space: SearchSpace;
  readonly device: string;
  readonly unit?: LatencyUnit;
  readonly duplicates?: 'reject' | 'mean';
}

/**
 * Loads one device's samples from a latency CSV.
 * @throws InputError listing the first rejected rows, if any is rejected
 */
export async function loadLatency(file: string, { device, ...options }: LoadOptions): Promise<DeviceSamples> {
  const card = await readCardOf(file);
  const rejects = new RejectList(file);
  const { table, sha256 } = await readLatency(file, { ...options, devices: [device], onReject: rejects.add });
  rejects.throwIfAny();
  const entries = Array.from({ length: table.size }, (_, entry) => entry);
  return {
    architectures: entries.map((entry) => table.architecture(entry)),
    latencyMs: Float64Array.from(entries, (entry) => table.latencyMs(entry)),
    sha256,
    card,
  };
}

/** Collects rejects for one error message. */
export class RejectList {
  count = 0;
  private readonly shown: Reject[] = [];

  constructor(private readonly file: string) {}

  readonly add = (reject: Reject): void => {
    this.count++;
    if (this.shown.length < SHOWN) this.shown.push(reject);
  };

  /** One line per reject, the first twenty. */
  toString(): string {
    const lines = this.shown.map(({ line, column, reason, value }) => {
      const place = column === undefined ? `line ${line}` : `line ${line}, column ${column}`;
      return `  ${place}: ${reason}${reason.includes(value) || value === '' ? '' : ` (found ${JSON.stringify(value)})`}`;
    });
    if (this.count > this.shown.length) lines.push(`  … and ${this.count - this.shown.length} more`);
    return lines.join('\n');
  }

  throwIfAny(): void {
    if (this.count === 0) return;
    const what = this.count === 1 ? 'one value is not usable' : `${this.count} values are not usable`;
    throw new InputError(`${what}:\n${this}`, { file: this.file });
  }
}

/** Path of the card that belongs to a dataset file. */
export function cardPathOf(file: string): string {
  return `${file.replace(/\.csv(\.gz)?$/, '')}.card.json`;
}

/**
 * Reads the card beside a dataset file, if there is one.
 * @throws InputError naming the field if the card is malformed
 */
export async function readCardOf(file: string): Promise<DatasetCard | undefined> {
  const path = cardPathOf(file);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
  let card: unknown;
  try {
    card = JSON.parse(text);
  } catch (error) {
    throw new InputError(`not JSON: ${(error as Error).message}`, { file: path });
  }
  if (!Value.Check(DatasetCard, card)) {
    const [first] = Value.Errors(DatasetCard, card);
    throw new InputError(first.message, { file: path, field: first.instancePath });
  }
  return card;
}
