import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { prepared, readImages } from '../../src/supernet/images.js';
import { skeletonFor } from '../../src/supernet/skeleton.js';
import { temporaryFolder } from '../temporary-folder.js';

function idx(sizes: readonly number[], bytes: readonly number[]): Buffer {
  const head = Buffer.alloc(4 * (1 + sizes.length));
  head.writeUInt32BE(0x800 + sizes.length);
  sizes.forEach((size, i) => {
    head.writeUInt32BE(size, 4 * (i + 1));
  });
  return Buffer.concat([head, Buffer.from(bytes)]);
}

test('images of IDX files come with their labels, zipped or not; what is wrong with a file is said', async () => {
  const folder = temporaryFolder();
  const file = (part: string, what: string) => join(folder, `${part}-${what}`);
  await writeFile(file('train', 'images-idx3-ubyte.gz'), gzipSync(idx([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8])));
  await writeFile(file('train', 'labels-idx1-ubyte'), idx([2], [1, 0]));
  await writeFile(file('t10k', 'images-idx3-ubyte'), idx([1, 2, 2], [9, 9, 9, 9]));
  await writeFile(file('t10k', 'labels-idx1-ubyte'), idx([1], [1]));
  const { train, test: judged } = await readImages(folder);
  assert.deepEqual([train.side, [...train.pixels], [...train.labels]], [2, [1, 2, 3, 4, 5, 6, 7, 8], [1, 0]]);
  assert.deepEqual([...judged.pixels], [9, 9, 9, 9]);

  await writeFile(file('t10k', 'labels-idx1-ubyte'), idx([2], [1, 1]));
  await assert.rejects(readImages(folder), /there are 1 images and 2 labels/);
  await writeFile(file('t10k', 'labels-idx1-ubyte'), idx([1], [1, 1]));
  await assert.rejects(readImages(folder), /1 bytes were to follow, and 2 do/);
  await writeFile(file('t10k', 'labels-idx1-ubyte'), 'label');
  await assert.rejects(readImages(folder), /not an IDX file of bytes in 1 dimension/);
  await writeFile(file('t10k', 'labels-idx1-ubyte.gz'), 'label');
  await assert.rejects(readImages(folder), /gzip data is damaged/);
  await assert.rejects(readImages(join(folder, 'none')), /there are no images in .*; say fashion-mnist, /);
});

test('images of a CSV: a row each with label and pixels, a fifth of them for the test', async () => {
  const file = join(temporaryFolder(), 'images.csv');
  const rows = Array.from({ length: 10 }, (_, i) => `${i},0,0,0,${i % 3}`);
  await writeFile(file, ['a,b,c,d,label', ...rows].join('\n'));
  const set = await readImages(file);
  assert.deepEqual([...set.test.labels], [0, 2]);
  assert.deepEqual([...set.train.pixels.subarray(0, 4)], [1, 0, 0, 0]);
  assert.equal(skeletonFor(set).classes, 3);

  await writeFile(file, 'a,b,c,label\n1,2,3,0');
  await assert.rejects(readImages(file), /3 pixels are no square/);
  await writeFile(file, 'a,class\n1,0');
  await assert.rejects(readImages(file), /no column "label"/);
  await writeFile(file, 'a,label\n1,0\nx,1');
  await assert.rejects(readImages(file), /line 3.*"x" is not a number/);
  await writeFile(file, 'a,label\n1,0.5');
  await assert.rejects(readImages(file), /"0.5" is not the number of a class/);
});

test('images are pooled to at most 16 × 16, bordered to a multiple of 4, and standardised', () => {
  const side = 28;
  const pixels = Float32Array.from({ length: 2 * side * side }, (_, i) => (i * 7919) % 256);
  const images = { side, pixels, labels: Float32Array.of(0, 1) };
  const { train } = prepared({ train: images, test: images });
  assert.equal(train.side, 16);
  // The border of one pixel is zero, the mean of what is inside.
  assert.ok(train.pixels.subarray(0, 16).every((value) => value === 0));
  const inside = train.pixels.filter((_, at) => {
    const [row, column] = [Math.floor(at / 16) % 16, at % 16];
    return row > 0 && row < 15 && column > 0 && column < 15;
  });
  const mean = inside.reduce((sum, value) => sum + value, 0) / inside.length;
  const variance = inside.reduce((sum, value) => sum + value ** 2, 0) / inside.length;
  assert.ok(Math.abs(mean) < 1e-4 && Math.abs(variance - 1) < 1e-3);
  // The first pooled pixel beside the second, before they are standardised: their difference keeps its sign and size.
  const block = (row: number, column: number) =>
    (pixels[row * side + column] +
      pixels[row * side + column + 1] +
      pixels[(row + 1) * side + column] +
      pixels[(row + 1) * side + column + 1]) /
    4;
  const ratio = (train.pixels[17] - train.pixels[18]) / (train.pixels[33] - train.pixels[34]);
  assert.ok(Math.abs(ratio - (block(0, 0) - block(0, 2)) / (block(2, 0) - block(2, 2))) < 1e-3);
});
