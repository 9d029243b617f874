import { createRequire } from 'node:module';
import { delimiter, resolve } from 'node:path';
import { InputError } from '../../base/errors.js';
import { readJsonFileSync } from '../../base/json-file.js';
import type { SearchSpace } from '../space.js';
import { declaredSpace } from './declared-space.js';
import { programModel } from './program.js';
import { SpaceFile } from './space-file.js';

/** Names the files to processes and threads that this one starts, so that they know the same spaces. */
const VARIABLE = 'TEMPOGRAPH_SPACES';

/** By absolute path. */
const read = new Map<string, SearchSpace>();

/**
 * The space that a file declares, or that a module exports as `space` or by default.
 *
 * @throws InputError naming the file, and the field that is wrong
 */
export function readSpaceFile(file: string): SearchSpace {
  const path = resolve(file);
  const known = read.get(path);
  if (known) return known;
  const space = path.endsWith('.json') ? declared(path) : exported(path);
  read.set(path, space);
  const others = pathsGiven().filter((other) => other !== path);
  process.env[VARIABLE] = [...others, path].join(delimiter);
  return space;
}

/** All spaces that were read from files. @throws InputError as `readSpaceFile` */
export function spaceFiles(): SearchSpace[] {
  for (const path of pathsGiven()) readSpaceFile(path);
  return [...read.values()];
}

const pathsGiven = () => (process.env[VARIABLE] ?? '').split(delimiter).filter((path) => path !== '');

function declared(file: string): SearchSpace {
  try {
    const space = declaredSpace(readJsonFileSync(SpaceFile, file));
    const { program } = space.file;
    // Only of files that the user names: what a card or a request declares runs no commands.
    return program === undefined ? space : Object.assign(space, { model: programModel(space, program) });
  } catch (error) {
    if (!(error instanceof InputError) || error.location.file !== undefined) throw error;
    const { field } = error.location;
    const message = field ? error.message.replace(`field ${field}: `, '') : error.message;
    throw new InputError(message, { file, field });
  }
}

function exported(file: string): SearchSpace {
  let module: { space?: SearchSpace; default?: SearchSpace };
  try {
    // Node takes ES modules here too from 20.19 on.
    module = createRequire(import.meta.url)(file);
  } catch (error) {
    throw new InputError(`the module cannot be loaded: ${(error as Error).message}`, { file });
  }
  const space = module.space ?? module.default;
  if (space && typeof space.parse === 'function' && typeof space.toNetwork === 'function') return space;
  throw new InputError('the module must export a search space as `space`, or by default', { file });
}
