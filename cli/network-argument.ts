import { readFile } from 'node:fs/promises';
import { InputError } from '../src/base/errors.js';
import { readProblem } from '../src/base/read-problem.js';
import type { OperatorGraph } from '../src/network/graph.js';
import { publishedNetwork } from '../src/network/zoo/index.js';
import { readNetwork } from '../src/onnx/read/read-network.js';
import { spaceNamed } from '../src/spaces/registry.js';

/** Flags that say which network is meant, beside the argument. */
export interface NetworkFlags {
  readonly network?: string;
  readonly imageSize?: number;
  readonly space: string;
}

/**
 * The network that an argument names: an ONNX file or an architecture of the space; or else a published one by `--network`.
 *
 * @returns what is to be said of it, too
 * @throws InputError if neither or both are given, or for what is wrong with the file or the text
 */
export async function networkArgument(
  text: string | undefined,
  { network, imageSize, space: name }: NetworkFlags,
): Promise<{ readonly network: OperatorGraph; readonly notes: readonly string[] }> {
  if ((network === undefined) === (text === undefined)) {
    throw new InputError('name an ONNX file, an architecture or a --network');
  }
  if (network !== undefined) return { network: publishedNetwork(network, imageSize), notes: [] };
  if (text?.endsWith('.onnx')) return readNetwork(await bytesOf(text));
  const space = spaceNamed(name);
  return { network: space.toNetwork(space.prune(space.parse(text!))), notes: [] };
}

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const problem = readProblem(error);
    if (problem === undefined) throw error;
    throw new InputError(problem, { file });
  }
}
