import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CARD_FILE, INTERVAL_FILE, MODEL_FILE } from '../../src/predictors/saved/saved.js';

/** A text that changes whenever a file is rewritten; undefined if the file does not exist. */
export async function stampOf(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found && `${found.mtimeMs}/${found.size}/${found.ino}`;
}

/** A text that changes whenever a file of the predictor in a folder changes. */
export async function predictorStamp(folder: string): Promise<string> {
  const files = [MODEL_FILE, INTERVAL_FILE, CARD_FILE];
  const stamps = await Promise.all(files.map((file) => stampOf(join(folder, file))));
  return stamps.map((stamp) => stamp ?? 'missing').join(' ');
}
