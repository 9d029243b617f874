import { InputError } from '../src/base/errors.js';

/** The result of a file, or why there is none. */
export type FileResult<T> =
  | { readonly file: string; readonly value: T }
  | { readonly file: string; readonly error: string };

/**
 * Handles each file in turn. If there are several, a bad one does not stop the others: it is named on stderr, and the
 * exit status is 1.
 *
 * @throws InputError if the only file is bad
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
