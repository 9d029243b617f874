import { readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, extname, join, resolve } from 'node:path';
import { InputError } from '../../base/errors.js';
import { endsIn } from '../../base/file-ending.js';
import { readJsonFileSync } from '../../base/json-file.js';
import type { SearchSpace } from '../space.js';
import { type DeclaredSpace, declaredSpace, withNetworks } from './declared-space.js';
import { programModel } from './program.js';
import { SpaceFile } from './space-file.js';

/** Passes the files and folders to child processes, so that they know the same spaces. */
const VARIABLE = 'TEMPOGRAPH_SPACES';

/** By absolute path. */
const read = new Map<string, SearchSpace>();

/**
 * The space that a file declares, or that a module exports as `space` or by default.
 *
 * @throws InputError that names the file, and the field at fault
 */
export function readSpaceFile(file: string): SearchSpace {
  const path = resolve(file);
  const known = read.get(path);
  if (known) return known;
  const space = endsIn(path, '.json') ? withProgram(declared(path, withNetworks)) : exported(path);
  read.set(path, space);
  give(path);
  return space;
}

/**
 * Makes the spaces in a folder known to this process and its children: those of its `.json` files, as they
 * are whenever spaces are asked for. Files must be put there by renaming, so that they are always complete.
 */
export function followSpaceFolder(folder: string): void {
  give(resolve(folder));
}

/**
 * All spaces that were read from files.
 *
 * @throws InputError as `readSpaceFile`
 */
export function spaceFiles(): SearchSpace[] {
  const paths = pathsGiven();
  for (const path of paths) if (extname(path) !== '') readSpaceFile(path);
  const folders = paths.filter((path) => extname(path) === '');
  return [...read.values(), ...folders.flatMap(spacesIn)];
}

/**
 * Why a file in a followed folder is not a space, such as one for an older tempograph; undefined for a name
 * without such a file.
 */
export function spaceProblem(name: string): InputError | undefined {
  const folders = pathsGiven().filter((path) => extname(path) === '');
  for (const { files } of folders.map(readFolder)) {
    const file = files.get(`${name}.json`);
    if (file && 'problem' in file) return file.problem;
  }
  return undefined;
}

/** A file as last read, with its modification time. */
type FolderFile = { readonly stamp: number } & (
  | { readonly space: SearchSpace }
  | { readonly problem: InputError }
);

/** A folder as last read. */
interface ReadFolder {
  readonly stamp: number;
  readonly files: ReadonlyMap<string, FolderFile>;
}

const readFolders = new Map<string, ReadFolder>();

function spacesIn(folder: string): SearchSpace[] {
  return [...readFolder(folder).files.values()].flatMap((file) => ('space' in file ? [file.space] : []));
}

function readFolder(folder: string): ReadFolder {
  const stamp = statSync(folder, { throwIfNoEntry: false })?.mtimeMs;
  if (stamp === undefined) return { stamp: Number.NaN, files: new Map() };
  const before = readFolders.get(folder);
  const now = before?.stamp === stamp ? before : { stamp, files: readAgain(folder, before?.files) };
  readFolders.set(folder, now);
  return now;
}

function readAgain(folder: string, before: ReadFolder['files'] = new Map()): ReadFolder['files'] {
  const names = readdirSync(folder).filter((name) => /^[^.].*\.json$/.test(name));
  return new Map(
    names.sort().map((name) => {
      const file = join(folder, name);
      const stamp = statSync(file).mtimeMs;
      const known = before.get(name);
      return [name, known?.stamp === stamp ? known : folderFile(file, stamp)];
    }),
  );
}

function folderFile(file: string, stamp: number): FolderFile {
  try {
    return { stamp, space: declared(file) };
  } catch (problem) {
    if (problem instanceof InputError) return { stamp, problem };
    throw problem;
  }
}

function give(path: string): void {
  const others = pathsGiven().filter((other) => other !== path);
  process.env[VARIABLE] = [...others, path].join(delimiter);
}

const pathsGiven = () => (process.env[VARIABLE] ?? '').split(delimiter).filter((path) => path !== '');

/**
 * Files in a followed folder were sent by others, so no programs are run for them, unlike for a file named by
 * the user.
 */
function declared(file: string, checked = (space: DeclaredSpace) => space): DeclaredSpace {
  try {
    return checked(declaredSpace(readJsonFileSync(SpaceFile, file)));
  } catch (error) {
    if (!(error instanceof InputError) || error.location.file !== undefined) throw error;
    throw new InputError(error.problem, { ...error.location, file });
  }
}

function withProgram(space: DeclaredSpace): SearchSpace {
  const { program } = space.file;
  return program === undefined ? space : Object.assign(space, { model: programModel(space, program) });
}

function exported(file: string): SearchSpace {
  let module: { space?: SearchSpace; default?: SearchSpace };
  try {
    // From version 20.19 on, Node also loads ES modules here.
    module = createRequire(import.meta.url)(file);
  } catch (error) {
    throw new InputError(`the module cannot be loaded: ${(error as Error).message}`, { file });
  }
  const space = module.space ?? module.default;
  if (space && typeof space.parse === 'function' && typeof space.toNetwork === 'function') return space;
  throw new InputError('the module must export a search space as `space`, or by default', { file });
}
