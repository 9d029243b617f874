import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { isAbsolute, join, normalize, sep } from 'node:path';
import { elements } from '../../base/elements.js';
import { InputError, quote } from '../../base/errors.js';
import type { GraphProto, TensorProto } from '../proto.js';
import { MOST_VALUES } from './constants.js';

/** `TensorProto.DataLocation` for data in another file. */
const EXTERNAL = 1;

/**
 * Loads the values of constants from other files into the graph. Weights are not loaded.
 *
 * @param folder of the model's file; undefined if only its bytes are known, so that values stay unknown
 * @param most elements of a constant to load; infinity loads weights too
 * @throws InputError that names a tensor whose file is missing, or not below the folder
 */
export function loadExternalData(
  graph: GraphProto,
  folder: string | undefined,
  most: number = MOST_VALUES,
): void {
  if (folder === undefined) return;
  const attributes = graph.node.flatMap(({ attribute }) => attribute);
  for (const tensor of [...graph.initializer, ...attributes.flatMap(({ t }) => t ?? [])])
    load(tensor, folder, most);
  for (const { g } of attributes) if (g) loadExternalData(g, folder, most);
}

function load(tensor: TensorProto, folder: string, most: number): void {
  if (tensor.dataLocation !== EXTERNAL || elements(tensor.dims) > most) return;
  const said = new Map((tensor.externalData ?? []).map(({ key, value }) => [key, value]));
  const location = said.get('location') ?? '';
  const of = `external data of ${quote(tensor.name ?? '')}`;
  if (location === '' || isAbsolute(location) || normalize(location).split(sep)[0] === '..') {
    throw new InputError(`${of}: ${quote(location)} is not below the model's folder`);
  }
  let file: number;
  try {
    file = openSync(join(folder, location), 'r');
  } catch {
    throw new InputError(`${of}: there is no file ${quote(location)} beside the model`);
  }
  try {
    const offset = Number(said.get('offset') ?? 0);
    const length = Number(said.get('length') ?? fstatSync(file).size - offset);
    // At most the size of that many elements of 16 bytes.
    const bytes = new Uint8Array(Math.min(length, 16 * most));
    const read = readSync(file, bytes, 0, bytes.length, offset);
    if (read < bytes.length) throw new InputError(`${of}: ${quote(location)} is cut short`);
    tensor.rawData = bytes;
  } finally {
    closeSync(file);
  }
  tensor.dataLocation = 0;
  tensor.externalData = [];
}
