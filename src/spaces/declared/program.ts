import { commandWords, lastLineOf } from '../../base/command-line.js';
import { InputError, quote } from '../../base/errors.js';
import { readRegularFile } from '../../base/regular-file.js';
import type { Architecture, SearchSpace } from '../space.js';

/** Replaced by the architecture's canonical string. */
const PLACEHOLDER = '{arch}';
/** Time in ms after which a program is killed. */
const TIMEOUT_MS = 60_000;

/**
 * The networks of a space as written by a program of the user's: one ONNX file each, whose path is the last
 * line that the program prints.
 *
 * @throws InputError if the command has no `{arch}`, or a quote that is never closed. The returned function
 *   throws one, naming the architecture, if the program fails or its file cannot be read
 */
export function programModel(
  space: Pick<SearchSpace, 'format'>,
  program: string,
): (architecture: Architecture) => Promise<Uint8Array> {
  const words = commandWords(program, '/program');
  if (!words.some((word) => word.includes(PLACEHOLDER))) {
    throw new InputError(`${quote(program)} is not a command with ${PLACEHOLDER} in it`, {
      field: '/program',
    });
  }
  return async (architecture) => {
    const name = space.format(architecture);
    const [command, ...args] = words.map((word) => word.replaceAll(PLACEHOLDER, name));
    const answer = await lastLineOf(command, args, { timeoutMs: TIMEOUT_MS });
    if ('error' in answer) throw new InputError(`the program wrote no network of ${name}: ${answer.error}`);
    const file = answer.line.trim();
    try {
      return await readRegularFile(file, Number.POSITIVE_INFINITY);
    } catch (error) {
      throw new InputError(
        `the program's last line must be the path of the ONNX file of ${name}: ${(error as Error).message}`,
        { file },
      );
    }
  };
}
