import { InputError } from '../src/base/errors.js';

/** What came of a file, or why nothing did. */
export type FileResult<T> =
  | { readonly file: string; readonly value: T }
  | { readonly file: string; readonly error: string };

/**
 * Does the same with each file. Of several, a bad one does not stop the others: it is named on stderr, and the exit status is 1.
 *
 * @throws InputError of the only file
 */
export async function ofEachFile<T>(
  files: readonly string[],
  work: (file: string) => Promise<T>,
): Promise<FileResult<T>[]> {
  const results: FileResult<T>[] = [];
  for (const file of files) {
    try {
      results.push({ file, value: await work(file) });
    } catch (error) {
      if (!(error instanceof InputError) || files.length === 1) throw error;
      console.error(`tempograph: ${error.message}`);
      process.exitCode = 1;
      results.push({ file, error: error.message });
    }
  }
  return results;
}
