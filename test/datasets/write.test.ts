import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Check } from '#typebox/schema';
import { Random } from '../../src/base/random.js';
import { DatasetCard } from '../../src/datasets/card.js';
import { readSamples } from '../../src/datasets/read.js';
import { SampleTable } from '../../src/datasets/sample-table.js';
import { type Provenance, writeDataset } from '../../src/datasets/write.js';
import { LATENCY } from '../../src/metrics/metric.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';

const provenance: Provenance = {
  name: 'test',
  deadOperations: 'timed',
  method: 'measured',
  source: 'here',
  licence: 'MIT',
  about: (device) => ({ description: `the ${device}`, batchSize: null, precision: null }),
};
const [A, B, C, D] = [3, 1, 4, 15].map((i) => nasbench201.format(nasbench201.at(i)));

/** Five samples on two of three devices; the name of one needs quoting. */
function table(): SampleTable {
  const samples = new SampleTable(nasbench201.slots.length);
  const add = (cell: string, device: number, ms: number) =>
    samples.add(nasbench201.parse(cell), device, ms, 1, false);
  add(A, 0, 2.5);
  add(A, 1, 0.1);
  add(B, 0, 0.5);
  add(C, 0, 8);
  add(D, 0, 4.5);
  return samples;
}
const devices = ['board', 'gpu, 1"', 'never measured'].map((device) => ({ device, metric: LATENCY }));

function write(name: string) {
  const folder = temporaryFolder();
  return writeDataset(`${folder}/new/${name}`, nasbench201, table(), devices, provenance).then((card) => ({
    card,
    folder: `${folder}/new`,
  }));
}

test('the normalised form is long, with canonical strings and milliseconds', async () => {
  const { folder } = await write('d.csv');
  assert.equal(
    readFileSync(`${folder}/d.csv`, 'utf8'),
    `arch,device,latency_ms\n${A},board,2.5\n${A},"gpu, 1""",0.1\n${B},board,0.5\n${C},board,8\n${D},board,4.5\n`,
  );
  const packed = await write('d.csv.gz');
  assert.deepEqual(gunzipSync(readFileSync(`${packed.folder}/d.csv.gz`)), readFileSync(`${folder}/d.csv`));
  assert.deepEqual(readdirSync(packed.folder).sort(), ['d.card.json', 'd.csv.gz'], 'and nothing else');
});

test('the card says what is in the file', async () => {
  const { card, folder } = await write('d.csv.gz');
  const saved: unknown = JSON.parse(readFileSync(`${folder}/d.card.json`, 'utf8'));
  assert.ok(Check(DatasetCard, saved));
  assert.deepEqual(saved, card);
  assert.equal(
    card.sha256,
    createHash('sha256')
      .update(readFileSync(`${folder}/d.csv.gz`))
      .digest('hex'),
  );
  assert.deepEqual([card.rows, card.space], [5, 'nasbench201']);
  const unknown = { batchSize: null, precision: null };
  assert.deepEqual(card.devices, [
    {
      ...{ id: 'board', description: 'the board', ...unknown },
      ...{ rows: 4, minMs: 0.5, medianMs: 3.5, maxMs: 8 },
      values: [{ metric: 'latency', unit: 'ms', rows: 4, min: 0.5, median: 3.5, max: 8 }],
    },
    {
      ...{ id: 'gpu, 1"', description: 'the gpu, 1"', ...unknown },
      ...{ rows: 1, minMs: 0.1, medianMs: 0.1, maxMs: 0.1 },
      values: [{ metric: 'latency', unit: 'ms', rows: 1, min: 0.1, median: 0.1, max: 0.1 }],
    },
  ]);
});

test('what is written reads back the same', async () => {
  const random = new Random(2);
  const samples = new SampleTable(nasbench201.slots.length);
  for (let i = 0; i < 500; i++) samples.add(nasbench201.at(i), i % 3, 40 * random.uniform() + 1e-9, i, false);
  const file = `${temporaryFolder()}/d.csv.gz`;
  await writeDataset(
    file,
    nasbench201,
    samples,
    ['a', 'b', 'c'].map((device) => ({ device, metric: LATENCY })),
    provenance,
  );
  const read = await readSamples(file, { space: nasbench201, onReject: ({ reason }) => assert.fail(reason) });
  const rows = (of: SampleTable) =>
    Array.from({ length: of.size }, (_, i) => [of.architecture(i), of.series(i), of.value(i)]);
  assert.deepEqual(rows(read.table), rows(samples));
});

test('a write that fails leaves what was there', async () => {
  const folder = temporaryFolder();
  writeFileSync(`${folder}/d.csv`, 'old');
  const broken = {
    ...nasbench201,
    format(): string {
      throw new Error('disk on fire');
    },
  };
  await assert.rejects(writeDataset(`${folder}/d.csv`, broken, table(), devices, provenance), /disk on fire/);
  assert.deepEqual(readdirSync(folder), ['d.csv']);
  assert.equal(readFileSync(`${folder}/d.csv`, 'utf8'), 'old');
});

test('there is no CSV before the card that says how it was measured', async () => {
  const folder = temporaryFolder();
  mkdirSync(`${folder}/d.card.json`);
  await assert.rejects(writeDataset(`${folder}/d.csv`, nasbench201, table(), devices, provenance));
  assert.deepEqual(readdirSync(folder), ['d.card.json']);
});

test('156,250 rows go through 24 MiB of JavaScript heap', (t) => {
  const folder = temporaryFolder();
  writeFileSync(`${folder}/in.csv`, 'arch,device,latency_ms\n');
  const cells = Array.from({ length: nasbench201.size }, (_, i) => nasbench201.format(nasbench201.at(i)));
  for (let device = 0; device < 10; device++) {
    const rows = cells.map((cell, i) => `${cell},device_${device},${1 + device + i / 1000}\n`);
    appendFileSync(`${folder}/in.csv`, rows.join(''));
  }
  const source = new URL('../../src/', import.meta.url);
  const script = `
    import { readSamples } from '${source}datasets/read.js';
    import { writeDataset } from '${source}datasets/write.js';
    import { nasbench201 as space } from '${source}spaces/nasbench201/space.js';
    const { table, series } = await readSamples('${folder}/in.csv', { space, onReject: console.error });
    const about = () => ({ description: '', batchSize: null, precision: null });
    const card = await writeDataset('${folder}/out.csv', space, table, series,
      { name: '', deadOperations: 'timed', method: '', source: '', licence: '', about });
    console.log(card.rows, Math.round(process.resourceUsage().maxRSS / 1024));`;
  const args = ['--max-old-space-size=24', '--input-type=module', '--eval', script];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const [rows, maxRssMiB] = stdout.split(' ').map(Number);
  assert.equal(rows, 156_250);
  assert.ok(maxRssMiB < 160, `${maxRssMiB} MiB resident`);
  t.diagnostic(`${maxRssMiB} MiB resident`);
});
