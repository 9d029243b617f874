import { InputError, quote } from '../base/errors.js';
import { endsIn } from '../base/file-ending.js';
import { readSpaceFile, spaceFiles, spaceProblem } from './declared/space-files.js';
import { fbnet } from './fbnet/space.js';
import { gpt } from './gpt/space.js';
import { mnasnet } from './mnasnet/space.js';
import { nasbench201 } from './nasbench201/space.js';
import { ofa } from './ofa/space.js';
import type { SearchSpace } from './space.js';

/** Every search space that ships. */
export const spaces: readonly SearchSpace[] = [nasbench201, mnasnet, fbnet, ofa, gpt];

/** The spaces that ship, and those that were read from files. */
export function knownSpaces(): readonly SearchSpace[] {
  return [...spaces, ...spaceFiles()];
}

/** Whether a name is a file's: `./my-space.json`, `./space.mjs`. */
function isSpaceFile(name: string): boolean {
  return endsIn(name, '.json', '.mjs', '.js');
}

/**
 * A space by its name, or by the file that declares it. Spaces from files that were read before, in this
 * process or its parent, are also known by their names.
 *
 * @throws InputError that lists the known names, or says what is wrong with the file
 */
export function spaceNamed(name: string): SearchSpace {
  const own = isSpaceFile(name) ? readSpaceFile(name) : undefined;
  if (own && spaces.some((space) => space.name === own.name)) {
    const problem = 'is the name of a space that ships; give yours another';
    throw new InputError(`${quote(own.name)} ${problem}`, { file: name, field: '/name' });
  }
  if (own) return own;
  const all = knownSpaces();
  const found = all.find((s) => s.name === name);
  if (found) return found;
  const problem = spaceProblem(name);
  if (problem) throw problem;
  const known = all.map((s) => s.name).join(', ');
  throw new InputError(
    `there is no search space ${quote(name)}; known are ${known}, or a file: ./my-space.json`,
  );
}
