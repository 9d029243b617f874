import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { InputError } from '../../base/errors.js';
import { readRegularFile } from '../../base/regular-file.js';
import { generatedNetwork } from '../../onnx/generate/generated-networks.js';
import { withoutWeights } from '../../onnx/without-weights.js';

/**
 * A network of a dataset: the path of its file when it was measured, and the digest of that file without its
 * weights.
 */
export interface NetworkKey {
  readonly onnx: string;
  /** SHA-256, hexadecimal. */
  readonly sha256: string;
}

/** A network's ONNX file without the values of its weights, and its digest. These identify the network in a dataset. */
export function strippedGraph(model: Uint8Array): { graph: Uint8Array; sha256: string } {
  const graph = withoutWeights(model);
  return { graph, sha256: createHash('sha256').update(graph).digest('hex') };
}

/** The folder of the graphs, `graphs/<sha256>.onnx` beside the CSV. The datasets of a folder share it. */
const graphsFolderOf = (file: string): string => join(dirname(file), 'graphs');

const graphPath = (file: string, sha256: string): string => join(graphsFolderOf(file), `${sha256}.onnx`);

/** Stores a network's graph beside a dataset. A network that a generator can make again needs no file. */
export async function keepGraph(
  file: string,
  { onnx, sha256 }: NetworkKey,
  graph: Uint8Array,
): Promise<void> {
  if (generatedNetwork(onnx) !== undefined) return;
  const path = graphPath(file, sha256);
  if (existsSync(path)) return;
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomic(path, Buffer.from(graph));
}

/**
 * The graph of a dataset's network: from the folder beside the CSV, or from the generator of its name.
 *
 * @param file the dataset's CSV
 * @returns the bytes of an ONNX file without weights
 * @throws InputError if there is neither, or if it differs from the network that was measured
 */
export async function graphOf(file: string, { onnx, sha256 }: NetworkKey): Promise<Uint8Array> {
  const path = graphPath(file, sha256);
  const kept = existsSync(path);
  const model = kept ? await readRegularFile(path) : generatedNetwork(onnx)?.model('none');
  if (model === undefined) {
    throw new InputError(`the graph of ${onnx} is not beside ${file}`, { file: path });
  }
  const found = strippedGraph(model);
  if (found.sha256 === sha256) return found.graph;
  throw new InputError(
    kept
      ? `its digest is ${found.sha256}: it has changed since it was measured`
      : `the generator of ${onnx} now makes a different network (${found.sha256}) from the measured one (${sha256})`,
    { file: kept ? path : file },
  );
}
