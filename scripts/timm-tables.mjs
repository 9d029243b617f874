// Writes datasets/timm_networks.csv.gz and timm_imagenet.csv.gz from the result tables of pytorch-image-models
// (`results/` at aa4b5850, gathered in one folder): the measurements and accuracy of each network in the zoo.
// node scripts/timm-tables.mjs <folder with inference.csv.gz and imagenet.csv.gz>
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { zoo } from '../dist/src/network/zoo/index.js';

/** Column name of each table: the device, eager or compiled, 16-bit mixed precision or float32. */
const TABLES = {
  'amp-nchw-pt240-cu124-rtx3090': 'rtx3090',
  'amp-nchw-pt240-cu124-rtx4090-dynamo': 'rtx4090',
  'fp32-nchw-pt240-cpu-i7_12700h-dynamo': 'i7_12700h',
};

const folder = process.argv[2];
const read = (name) => {
  const [head, ...lines] = gunzipSync(readFileSync(join(folder, name)))
    .toString()
    .trim()
    .split(/\r?\n/);
  const columns = head.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [columns[i], cell])));
};
const write = (name, rows) => {
  const columns = Object.keys(rows[0]);
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ''))];
  const text = lines.map((cells) => `${cells.join(',')}\n`).join('');
  writeFileSync(`datasets/${name}`, gzipSync(text, { level: 9 }));
  console.log(`${name}: ${rows.length} rows`);
};

const networks = new Map();
for (const row of read('inference.csv.gz')) {
  const device = TABLES[row.table];
  if (device === undefined || !Object.hasOwn(zoo, row.model) || row.infer_gmacs === '') continue;
  const key = `${row.model},${row.infer_img_size}`;
  const entry = networks.get(key) ?? {
    network: row.model,
    image_size: row.infer_img_size,
    parameters_m: row.param_count,
    gmacs: row.infer_gmacs,
    activations_m: row.infer_macts,
    ...Object.fromEntries(
      Object.values(TABLES).flatMap((name) => [
        [`${name}_batch`, ''],
        [`${name}_ms`, ''],
      ]),
    ),
  };
  entry[`${device}_batch`] = row.infer_batch_size;
  entry[`${device}_ms`] = row.infer_step_time;
  networks.set(key, entry);
}
const byName = (a, b) =>
  a.network < b.network ? -1 : a.network > b.network ? 1 : a.image_size - b.image_size;
write('timm_networks.csv.gz', [...networks.values()].sort(byName));

const accuracies = read('imagenet.csv.gz')
  .map(({ model, img_size, top1, top5 }) => ({
    network: model.split('.')[0],
    weights: model.split('.').slice(1).join('.'),
    image_size: img_size,
    top1,
    top5,
  }))
  .filter(({ network }) => Object.hasOwn(zoo, network));
write(
  'timm_imagenet.csv.gz',
  accuracies.sort((a, b) => byName(a, b) || b.top1 - a.top1),
);
