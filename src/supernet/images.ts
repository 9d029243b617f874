import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { elements } from '../base/elements.js';
import { InputError, quote } from '../base/errors.js';
import { packageRoot } from '../base/package-root.js';
import { readRegularFile } from '../base/regular-file.js';
import { csvRows, isCsvFile } from '../datasets/csv.js';

/** Grey images and their classes. */
export interface Images {
  /** Height and width. */
  readonly side: number;
  /** `[image, side, side]`, as they are in the file. */
  readonly pixels: Float32Array;
  /** `[image]`: 0, 1, … */
  readonly labels: Float32Array;
}

/** Images to learn from and images to be judged by. */
export interface ImageSet {
  readonly train: Images;
  readonly test: Images;
}

/** Where names of image sets lead: Debian's package, and 600 images of it that come with the program. */
const NAMED: Readonly<Record<string, string>> = {
  'fashion-mnist': '/usr/share/datasets/fashion-mnist',
  'fashion-mnist-600': join(packageRoot, 'datasets/fashion_mnist_600'),
};
/** Every so many of the images of one CSV are for the test. */
const TEST_EVERY = 5;
/** Maps larger than this are pooled: the machine learns small ones a good deal faster. */
const MOST_SIDE = 16;

/**
 * Reads `fashion-mnist`, a folder with the four IDX files that MNIST and its like come in, or a CSV with a column `label`
 * and a column for each pixel, of which a fifth is set aside for the test.
 *
 * @throws InputError if they are missing or damaged
 */
export async function readImages(data: string): Promise<ImageSet> {
  if (isCsvFile(data)) return split(await readCsvImages(data));
  const folder = NAMED[data] ?? data;
  if (!existsSync(folder)) {
    const hint =
      data === 'fashion-mnist'
        ? 'Debian has it in the package dataset-fashion-mnist'
        : `say ${Object.keys(NAMED).join(', ')}, a folder of IDX files, or a CSV`;
    throw new InputError(`there are no images in ${quote(folder)}; ${hint}`, { field: '--data' });
  }
  return {
    train: await readIdxImages(folder, 'train'),
    test: await readIdxImages(folder, 't10k'),
  };
}

/** Images by a name that means the same in any folder. */
export function imagesNamed(data: string): string {
  return Object.hasOwn(NAMED, data) ? data : resolve(data);
}

/** Images and labels of one part, as LeCun's IDX: big-endian sizes, then bytes. */
async function readIdxImages(folder: string, part: string): Promise<Images> {
  const images = await readIdx(folder, `${part}-images-idx3-ubyte`, 3);
  const labels = await readIdx(folder, `${part}-labels-idx1-ubyte`, 1);
  const [count, height, width] = images.sizes;
  if (height !== width)
    throw new InputError(`the images are ${height} × ${width}, not square`, { file: folder });
  if (labels.sizes[0] !== count) {
    throw new InputError(`there are ${count} images and ${labels.sizes[0]} labels`, { file: folder });
  }
  return { side: height, pixels: new Float32Array(images.bytes), labels: new Float32Array(labels.bytes) };
}

async function readIdx(folder: string, name: string, dimensions: number) {
  const zipped = join(folder, `${name}.gz`);
  const file = existsSync(zipped) ? zipped : join(folder, name);
  if (!existsSync(file)) throw new InputError('there is no such file, zipped or not', { file });
  const read = await readRegularFile(file);
  const content = file === zipped ? unzipped(read, file) : read;
  const head = 4 * (1 + dimensions);
  if (content.length < head || content.readUInt32BE(0) !== 0x800 + dimensions) {
    throw new InputError(`not an IDX file of bytes in ${dimensions} dimension(s)`, { file });
  }
  const sizes = Array.from({ length: dimensions }, (_, i) => content.readUInt32BE(4 * (i + 1)));
  const expected = elements(sizes);
  if (content.length - head !== expected) {
    throw new InputError(`${sizes.join(' × ')} bytes were to follow, and ${content.length - head} do`, {
      file,
    });
  }
  return { sizes, bytes: content.subarray(head) };
}

function unzipped(bytes: Buffer, file: string): Buffer {
  try {
    return gunzipSync(bytes);
  } catch {
    throw new InputError('the gzip data is damaged or cut off', { file });
  }
}

async function readCsvImages(file: string): Promise<Images> {
  let label = -1;
  let side = 0;
  const labels: number[] = [];
  const pixels: number[] = [];
  for await (const { record, line } of csvRows(file)) {
    if (side === 0) {
      label = record.findIndex((name) => name.trim() === 'label');
      side = Math.sqrt(record.length - 1);
      if (label < 0) throw new InputError('there is no column "label"', { file, line: 1 });
      if (!Number.isInteger(side)) {
        throw new InputError(`${record.length - 1} pixels are no square`, { file, line: 1 });
      }
      continue;
    }
    record.forEach((cell, column) => {
      const value = cell.trim() === '' ? Number.NaN : Number(cell);
      const isRight = column === label ? Number.isInteger(value) && value >= 0 : Number.isFinite(value);
      if (!isRight) {
        const right = column === label ? 'the number of a class, from 0' : 'a number';
        throw new InputError(`${quote(cell)} is not ${right}`, { file, line });
      }
      if (column === label) labels.push(value);
      else pixels.push(value);
    });
  }
  if (labels.length === 0) throw new InputError('there are no images', { file });
  return { side, pixels: Float32Array.from(pixels), labels: Float32Array.from(labels) };
}

function split(all: Images): ImageSet {
  const rows = [...all.labels.keys()];
  return {
    train: imagesAt(
      all,
      rows.filter((row) => row % TEST_EVERY > 0),
    ),
    test: imagesAt(
      all,
      rows.filter((row) => row % TEST_EVERY === 0),
    ),
  };
}

/** Some of the images. */
export function imagesAt({ side, pixels, labels }: Images, rows: ArrayLike<number>): Images {
  const size = side * side;
  const chosen = new Float32Array(rows.length * size);
  for (let i = 0; i < rows.length; i++)
    chosen.set(pixels.subarray(rows[i] * size, (rows[i] + 1) * size), i * size);
  return {
    side,
    pixels: chosen,
    labels: Float32Array.from(rows as ArrayLike<number> & Iterable<number>, (row) => labels[row]),
  };
}

/** The set with no more than so many of its training images, the first. */
export function firstImages({ train, test }: ImageSet, most: number): ImageSet {
  const count = Math.min(most, train.labels.length);
  return { train: imagesAt(train, [...train.labels.keys()].slice(0, count)), test };
}

/**
 * Images as the networks here take them: the mean over 2 × 2 pixels until they are at most 16 × 16, a border of zeros
 * up to a multiple of 4, since networks halve them twice; the same mean and spread as the images that are learned from.
 */
export function prepared({ train, test }: ImageSet): ImageSet {
  const small = [train, test].map((images) => {
    let smaller = images;
    while (smaller.side > MOST_SIDE && smaller.side % 2 === 0) smaller = pooled(smaller);
    return smaller;
  });
  const { pixels } = small[0];
  const centre = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
  const spread =
    Math.sqrt(pixels.reduce((sum, value) => sum + (value - centre) ** 2, 0) / pixels.length) || 1;
  const [learned, judged] = small.map((images) =>
    bordered({ ...images, pixels: images.pixels.map((value) => (value - centre) / spread) }),
  );
  return { train: learned, test: judged };
}

function pooled({ side, pixels, labels }: Images): Images {
  const half = side / 2;
  const means = new Float32Array(labels.length * half * half);
  for (let at = 0; at < means.length; at++) {
    const [image, row, column] = [Math.floor(at / (half * half)), Math.floor(at / half) % half, at % half];
    const corner = (image * side + 2 * row) * side + 2 * column;
    means[at] = (pixels[corner] + pixels[corner + 1] + pixels[corner + side] + pixels[corner + side + 1]) / 4;
  }
  return { side: half, pixels: means, labels };
}

function bordered({ side, pixels, labels }: Images): Images {
  const whole = Math.ceil(side / 4) * 4;
  if (whole === side) return { side, pixels, labels };
  const first = Math.floor((whole - side) / 2);
  const larger = new Float32Array(labels.length * whole * whole);
  for (let image = 0; image < labels.length; image++) {
    for (let row = 0; row < side; row++) {
      const from = (image * side + row) * side;
      larger.set(pixels.subarray(from, from + side), (image * whole + row + first) * whole + first);
    }
  }
  return { side: whole, pixels: larger, labels };
}
