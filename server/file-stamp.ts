import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CARD_FILE, INTERVAL_FILE, MODEL_FILE } from '../src/predictors/saved.js';

/** A text that changes whenever one of the files of a predictor in a folder does. */
export async function fileStamp(folder: string): Promise<string> {
  const stamps = [MODEL_FILE, INTERVAL_FILE, CARD_FILE].map(async (file) => {
    const found = await stat(join(folder, file)).catch(() => undefined);
    return found ? `${found.mtimeMs}/${found.size}/${found.ino}` : 'missing';
  });
  return (await Promise.all(stamps)).join(' ');
}
