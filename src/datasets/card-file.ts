import { existsSync } from 'node:fs';
import { readJsonFile } from '../base/json-file.js';
import { DatasetCard } from './card.js';
import { withoutCsvEnding } from './csv.js';

/** Path of the card that belongs to a dataset file. */
export function cardPathOf(file: string): string {
  return `${withoutCsvEnding(file)}.card.json`;
}

/**
 * Reads the card beside a dataset file, if there is one.
 *
 * @throws InputError naming the field if the card is malformed
 */
export async function readCardOf(file: string): Promise<DatasetCard | undefined> {
  const path = cardPathOf(file);
  return existsSync(path) ? readJsonFile(DatasetCard, path) : undefined;
}
