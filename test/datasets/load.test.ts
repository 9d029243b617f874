import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { DatasetCard } from '../../src/datasets/card.js';
import { cardPathOf } from '../../src/datasets/card-file.js';
import { loadSamples } from '../../src/datasets/load.js';
import { SampleTable } from '../../src/datasets/sample-table.js';
import { connectedOnly } from '../../src/datasets/samples.js';
import { writeDataset } from '../../src/datasets/write.js';
import { LATENCY, metricNamed } from '../../src/metrics/metric.js';
import { mnasnet } from '../../src/spaces/mnasnet/space.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { needsShared, sharedData } from '../shared-data.js';
import { temporaryFile, temporaryFolder } from '../temporary-folder.js';

const load = (file: string, device = 'board') => loadSamples(file, { space: nasbench201, device });

/** A dataset of three architectures on one board, with its card. */
async function written(name = 'three.csv.gz'): Promise<string> {
  const file = `${temporaryFolder()}/${name}`;
  const table = new SampleTable(nasbench201.slots.length);
  for (const i of [0, 1, 2]) table.add(nasbench201.at(i), 0, 1.5 + i, i, false);
  await writeDataset(file, nasbench201, table, [{ device: 'board', metric: LATENCY }], {
    name: 'three',
    deadOperations: 'pruned',
    method: 'measured',
    source: 'here',
    licence: 'MIT',
    about: () => ({ description: 'a board', batchSize: 1, precision: 'int8' }),
  });
  return file;
}

function changeCard(file: string, change: (card: DatasetCard) => void): void {
  const card = JSON.parse(readFileSync(cardPathOf(file), 'utf8'));
  change(card);
  writeFileSync(cardPathOf(file), JSON.stringify(card));
}

test('one device comes as a whole column, with the card beside the file', async () => {
  const { architectures, values: latencyMs, card, sha256 } = await load(await written());
  assert.deepEqual(architectures, [0, 1, 2].map(nasbench201.at));
  assert.deepEqual(latencyMs, Float64Array.of(1.5, 2.5, 3.5));
  assert.equal(card?.deadOperations, 'pruned');
  assert.equal(card?.sha256, sha256);
  const inCapitals = await load(await written('THREE.CSV.GZ'));
  assert.deepEqual([inCapitals.values, inCapitals.card?.name], [latencyMs, 'three']);
});

test('a metric of one’s own is found by its name, and why it is not there is said', async () => {
  const a = nasbench201.format(nasbench201.at(0));
  const file = temporaryFile('raw.csv', `arch,board_ms,board_co2_g\n${a},4.5,0.2\n`);
  const co2 = (unit: string) =>
    loadSamples(file, { space: nasbench201, device: 'board', metric: metricNamed(`co2:${unit}`) });
  assert.deepEqual((await co2('g')).values, Float64Array.of(0.2));
  await assert.rejects(co2('kg'), /the file has latency of board; board_co2_g: left out, names co2/);
});

test('a card that is malformed, of another space or of other data is refused', async () => {
  const file = await written();
  await assert.rejects(
    loadSamples(file, { space: mnasnet, device: 'board' }),
    /field \/space: the data is of space nasbench201, not mnasnet/,
  );
  const good = readFileSync(cardPathOf(file), 'utf8');
  changeCard(file, (card) => {
    card.devices[0].rows = 'three' as unknown as number;
  });
  await assert.rejects(
    load(file),
    /three\.card\.json, field \/devices\/0\/rows: must be integer, not "three"/,
  );
  writeFileSync(cardPathOf(file), good);
  changeCard(file, (card) => {
    delete (card as Partial<DatasetCard>).licence;
  });
  await assert.rejects(load(file), /licence/);
  writeFileSync(cardPathOf(file), good.slice(0, 40));
  await assert.rejects(load(file), /three\.card\.json: not JSON/);
  writeFileSync(cardPathOf(file), good);
  writeFileSync(cardPathOf(file), good.replace(/"sha256": "[0-9a-f]{8}/, '"sha256": "00000000'));
  await assert.rejects(load(file), /field \/sha256: the data file has changed since/);
});

test('rejects come as one error that shows twenty of them and counts the rest', async () => {
  const rows = Array.from({ length: 33 }, (_, i) => `${nasbench201.format(nasbench201.at(i))},board,0`);
  const file = temporaryFile('bad.csv', ['arch,device,latency_ms', ...rows].join('\n'));
  await assert.rejects(load(file), (error: Error) => {
    const lines = error.message.split('\n');
    assert.match(lines[0], /bad\.csv: 33 values are not usable:/);
    assert.match(lines[1], /line 2, column latency_ms: "0" is not a latency/);
    assert.equal(lines.length, 1 + 20 + 1);
    assert.match(lines[21], /and 13 more/);
    return true;
  });
});

const latency = 'nasbench201/latency.csv.gz';
const latbench = 'nasbench201/latbench.csv.gz';
test('without the cells that have no path, 15,284 are left', { skip: needsShared(latency) }, async () => {
  const all = await load(sharedData(latency)!, 'gold_6240');
  assert.equal(all.values.length, 15_625);
  const connected = connectedOnly(nasbench201, all);
  assert.deepEqual([connected.values.length, connected.architectures.length], [15_284, 15_284]);
  // LatBench was measured on exactly these.
  const measured = await load(sharedData(latbench)!, 'embedded_gpu_jetson_nano_fp32');
  assert.deepEqual(measured.architectures, connected.architectures);
});
