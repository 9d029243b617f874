import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Option } from 'commander';
import { InputError, quote } from '../src/base/errors.js';
import { endsIn } from '../src/base/file-ending.js';
import type { ReadNetwork } from '../src/onnx/read/read-network.js';
import type { OnnxReadOptions } from '../src/onnx/read/tensor-graph.js';

/** Whether an argument is the path of an ONNX file rather than an architecture: by its name, or because the file exists. */
export function isOnnxFile(text: string): boolean {
  return endsIn(text, '.onnx') || existsSync(text);
}

/** Sizes by the name of an input or a dynamic dimension, as given to `--shape`. */
export type InputSizes = NonNullable<OnnxReadOptions['sizes']>;

/** `--shape images=1x3x224x224 sequence=128`. */
export const shapeOption = () =>
  new Option(
    '--shape <name=sizes...>',
    'for ONNX files: the dimensions of an input (images=1x3x224x224), a dynamic dimension (sequence=128), or the value of a scalar input (sr=16000)',
  ).argParser((text: string, known?: InputSizes): InputSizes => new Map(known).set(...sizesOf(text)));

function sizesOf(text: string): [name: string, sizes: number | readonly number[]] {
  const [, name, sizes] = /^(.+)=(\d+(?:x\d+)*)$/.exec(text) ?? [];
  if (name === undefined) {
    throw new InputError(`${quote(text)} is not of the form images=1x3x224x224 or sequence=128`, {
      field: '--shape',
    });
  }
  const numbers = sizes.split('x').map(Number);
  return [name, numbers.length === 1 ? numbers[0] : numbers];
}

/**
 * The network of an ONNX file.
 *
 * @throws InputError naming the file and what in it is not understood
 */
export async function readOnnxFile(path: string, sizes?: InputSizes): Promise<ReadNetwork> {
  const { readNetwork } = await import('../src/onnx/read/read-network.js');
  const bytes = await onnxBytes(path);
  return inFile(path, () => readNetwork(bytes, { sizes, folder: dirname(path) }));
}

/** @throws InputError if there is no such file, or it is a folder */
export async function onnxBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new InputError('there is no such file', { file: path });
    if (code === 'EISDIR') {
      throw new InputError(`is a folder; name the files in it: ${join(path, '*.onnx')}`, { file: path });
    }
    throw new InputError(`cannot be read: ${(error as Error).message}`, { file: path });
  }
}

async function inFile<T>(file: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.message, { file });
  }
}
