import { InputError } from './errors.js';

/** Why a file cannot be read, in words; undefined for errors that are not the user's. */
export function readProblem(error: unknown): string | undefined {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    // A part of the path is a file.
    case 'ENOTDIR':
      return 'there is no such file';
    case 'EISDIR':
      return 'this is a folder, not a file';
    // It is a socket.
    case 'ENXIO':
      return 'this is not a regular file';
    case 'EACCES':
      return 'there is no permission to read it';
    default:
      return undefined;
  }
}

/** Turns such an error into an `InputError`, and leaves any other as it is. */
export function unreadable(error: unknown, file: string): unknown {
  const problem = readProblem(error);
  return problem === undefined ? error : new InputError(problem, { file });
}
