import { readFile } from 'node:fs/promises';
import { Value } from 'typebox/value';
import { InputError, quote } from '../errors.js';
import { DatasetCard } from './card.js';

/** Path of the card that belongs to a dataset file. */
export function cardPathOf(file: string): string {
  return `${file.replace(/\.csv(\.gz)?$/, '')}.card.json`;
}

/**
 * Reads the card beside a dataset file, if there is one.
 *
 * @throws InputError naming the field if the card is malformed
 */
export async function readCardOf(file: string): Promise<DatasetCard | undefined> {
  const path = cardPathOf(file);
  let card: unknown;
  try {
    card = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new InputError(`not readable as JSON: ${(error as Error).message}`, { file: path });
  }
  if (!Value.Check(DatasetCard, card)) {
    const [{ message, instancePath: field }] = Value.Errors(DatasetCard, card);
    const value = field === '' ? '' : `, not ${quote(Value.Pointer.Get(card, field))}`;
    throw new InputError(`${message}${value}`, { file: path, field: field || undefined });
  }
  return card;
}
