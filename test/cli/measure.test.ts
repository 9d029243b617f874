import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { main } from '../../cli/main.js';
import { readCardOf } from '../../src/datasets/card-file.js';
import { loadSamples } from '../../src/datasets/load.js';
import { loadNetworks } from '../../src/datasets/networks/load.js';
import { measuredNetwork } from '../../src/measure/network.js';
import { totalCost } from '../../src/network/cost.js';
import { convBn } from '../../src/onnx/generate/families/blocks.js';
import { generatedNetwork } from '../../src/onnx/generate/generated-networks.js';
import { NetworkWriter } from '../../src/onnx/write/network-writer.js';
import { mnasnet } from '../../src/spaces/mnasnet/space.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { DEVICE, service } from '../fleet/fleet-service.js';
import { counted } from '../onnx/write/counted.js';
import { temporaryFolder } from '../temporary-folder.js';
import { startCommand } from './command.js';

const start = (cwd: string, args: readonly string[]) => startCommand(args, { cwd });
const tempograph = (cwd: string, ...args: string[]) => start(cwd, args).result;

const QUICK = ['--runs', '6', '--rounds', '3'];

test('measure writes a dataset with its card, that reads as any other', async () => {
  const folder = temporaryFolder();
  const args = ['measure', '--count', '6', '--seed', '3', '--device', 'here', '--out', 'my.csv', ...QUICK];
  const { code, out, err } = await tempograph(folder, ...args);
  assert.equal(code, 0, err);
  assert.match(out, /my\.csv: 6 networks on here/);
  assert.deepEqual(readdirSync(folder).sort(), ['my.card.json', 'my.csv'], 'the journal has gone');

  const file = join(folder, 'my.csv');
  const [header, ...rows] = readFileSync(file, 'utf8').trim().split('\n');
  assert.equal(header, 'arch,device,latency_ms,median_ms,q1_ms,q3_ms,runs,warmups,groups,standard_error');
  for (const row of rows) {
    const [, , latency, median, q1, q3, runs, warmUps, groups] = row.split(',').map(Number);
    assert.ok(0 < q1 && q1 <= median && median <= q3 && latency > 0, row);
    assert.ok(groups >= 3 && runs === 2 * groups && warmUps >= 10 * groups, row);
  }
  const again = await tempograph(folder, ...args, '--resume');
  assert.deepEqual([again.code, readFileSync(file, 'utf8').split('\n').length], [1, 8]);
  assert.match(again.err, /my\.csv, option --out: the file exists already/);
  const samples = await loadSamples(file, { space: nasbench201, device: 'here' });
  assert.equal(samples.values.length, 6);
  const card = await readCardOf(file);
  assert.equal(card?.deadOperations, 'pruned');
  assert.equal(card?.devices[0].batchSize, 1);
  const { measurement } = card ?? {};
  assert.ok(measurement && measurement.drift.rounds.length >= 3 && measurement.drift.baselineMs > 0);
  assert.deepEqual([measurement?.runtime.threads, measurement?.runtime.provider], [1, 'cpu']);
  assert.ok((card?.versions['onnxruntime-node'] ?? '') !== '');
});

test('a measurement that is killed again and again loses no group of runs, and makes none twice', async (t) => {
  if (process.platform === 'win32') return t.skip('its runner is a POSIX shell script');
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'runner.sh'), 'sleep 0.02; echo \'{"latency_ms": 1.5}\'');
  const args = [
    'measure',
    '--count',
    '8',
    '--runner',
    'sh runner.sh',
    '--device',
    'board',
    '--out',
    'b.csv',
    ...QUICK,
  ];
  const path = join(folder, 'b.csv.journal.jsonl');
  const whole = () => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []);
  let before: string[] = [];
  for (const lines of [3, 10, 22]) {
    const { child, result } = start(folder, [...args, '--resume']);
    while (whole().length < lines && child.exitCode === null) await sleep(5);
    child.kill('SIGKILL');
    const { code, err } = await result;
    assert.equal(code, null, err);
    assert.deepEqual(whole().slice(0, before.length), before);
    before = whole();
    assert.equal(existsSync(join(folder, 'b.csv')), false);
  }
  const groups = before.map(
    (line) => JSON.parse(line) as { kind?: string; architecture: string; round: number },
  );
  const turns = groups.flatMap(({ kind, architecture, round }) =>
    kind === 'network' ? [`${architecture} ${round}`] : [],
  );
  assert.equal(new Set(turns).size, turns.length);

  const again = await tempograph(folder, ...args);
  assert.equal(again.code, 1);
  assert.match(again.err, /b\.csv\.journal\.jsonl: it holds \d+ entries .*--resume/);
  const other = await tempograph(folder, ...args, '--resume', '--seed', '2');
  assert.match(other.err, /journal\.jsonl, field \w+: the measurement that did not finish had/);

  const { code, err } = await tempograph(folder, ...args, '--resume');
  assert.equal(code, 0, err);
  const rows = readFileSync(join(folder, 'b.csv'), 'utf8').trim().split('\n').slice(1);
  assert.equal(rows.length, 8);
  for (const row of rows) assert.match(row, /,board,1\.5,1\.5,1\.5,1\.5,3,0,3,0$/);
  assert.equal(existsSync(path), false);
});

test('a runner that prints several metrics makes a dataset of them, and what is none is said', async (t) => {
  if (process.platform === 'win32') return t.skip('its runner is a POSIX shell script');
  const folder = temporaryFolder();
  const answer = '{"latency_ms": [1.5, 1.5], "energy_j": 0.003, "co2:g": 0.25, "temperature": 41}';
  writeFileSync(join(folder, 'runner.sh'), `echo '${answer}'`);
  const target = ['--runner', 'sh runner.sh', '--device', 'board', '--out', 'b.csv'];
  const { code, out, err } = await tempograph(folder, 'measure', '--count', '3', ...target, ...QUICK);
  assert.equal(code, 0, err);
  assert.match(err, /what the runner prints as temperature is left out/);
  assert.match(out, /b\.csv: 3 networks on board: latency, energy, co2:g/);
  const [header, ...rows] = readFileSync(join(folder, 'b.csv'), 'utf8').trim().split('\n');
  assert.match(header, /^arch,device,latency_ms,energy_mj,co2_g,median_ms,/);
  for (const row of rows) assert.match(row, /,board,1\.5,3,0\.25,1\.5,/);
  const card = await readCardOf(join(folder, 'b.csv'));
  assert.deepEqual(
    card?.devices[0].values?.map(({ metric, unit, rows: count, median }) => [metric, unit, count, median]),
    [
      ['latency', 'ms', 3, 1.5],
      ['energy', 'mJ', 3, 3],
      ['co2', 'g', 3, 0.25],
    ],
  );
  assert.match(card?.measurement?.protocol.description ?? '', /energy, co2:g as the runner printed it/);
});

test('Ctrl-C keeps what was measured', async () => {
  const folder = temporaryFolder();
  const { child, result } = start(folder, ['measure', '--count', '400', '--out', 'my.csv']);
  while (!existsSync(join(folder, 'my.csv.journal.jsonl')) && child.exitCode === null) await sleep(5);
  await sleep(300);
  child.kill('SIGINT');
  const { code, err } = await result;
  assert.equal(code, 130, err);
  assert.match(
    err,
    /interrupted; \d+ groups of runs are kept in my\.csv\.journal\.jsonl: continue with --resume/,
  );
});

test('measure --server measures what a service asks for on this machine', async (t) => {
  const cells = [17, 4711].map((index) => nasbench201.format(nasbench201.at(index)));
  const { server, seen } = await service(
    t,
    cells.map((architecture, i) => ({ id: `c${i}`, architecture })),
  );
  const folder = temporaryFolder();
  const { code, out, err } = await tempograph(
    folder,
    ...['measure', '--server', server, '--device', DEVICE, '--worker', 'w', '--once', ...QUICK],
  );
  assert.equal(code, 0, err);
  assert.match(out, /2 measurements sent for my board/);
  const [{ measurements }] = seen.uploads;
  assert.deepEqual(measurements.map(({ architecture }) => architecture).sort(), cells.sort());
  assert.ok(measurements.every((each) => 'latencyMs' in each && each.latencyMs > 0.01));
  assert.deepEqual(readdirSync(folder), []);
});

/** A small ONNX file in a folder. */
function onnxFile(folder: string, name: string, channels: number): string {
  const net = new NetworkWriter(1);
  const x = convBn(net, net.input([1, 3, 32, 32]), channels, { kernel: 3 }, 'relu');
  net.output(net.linear(net.reshape(x, [1, 32 * channels, 32]), 16));
  mkdirSync(join(folder, 'mine'), { recursive: true });
  writeFileSync(join(folder, 'mine', name), net.model());
  return `mine/${name}`;
}

test('measure --onnx times files and their kernels, and import takes the dataset', async () => {
  const folder = temporaryFolder();
  const files = [8, 16].map((channels) => onnxFile(folder, `net${channels}.onnx`, channels));
  const { code, out, err } = await tempograph(
    folder,
    ...[
      'measure',
      '--onnx',
      ...files,
      '--profile',
      '--by-turns',
      '--device',
      'here',
      '--out',
      'my.csv',
      ...QUICK,
    ],
  );
  assert.equal(code, 0, err);
  assert.match(out, /my\.csv: 2 networks on here\n\d+ kernels/);
  const left = ['graphs', 'mine', 'my.card.json', 'my.csv', 'my.kernels.csv.gz'];
  assert.deepEqual(readdirSync(folder).sort(), left, 'the journal has gone');
  const { networks, card } = await loadNetworks(join(folder, 'my.csv'));
  assert.equal(card?.measurement?.protocol.interleaved, true);
  for (const network of networks) {
    const channels = Number(/\d+/.exec(network.onnx));
    const macs = network.kernels.reduce((sum, { kernel }) => sum + kernel.macs, 0);
    // Blocks of 16 output channels are filled up.
    assert.equal(macs, 32 * 32 * 9 * 3 * 16 + 32 * channels * 32 * 16, network.onnx);
    const us = network.kernels.reduce((sum, kernel) => sum + kernel.us, 0);
    assert.ok(
      us < 1000 * network.latencyMs && us >= 499 * network.latencyMs,
      `${us} µs of ${network.latencyMs} ms`,
    );
    assert.ok((await network.graph()).length < 3000, 'the weights are left out');
  }
  const again = await tempograph(folder, 'import', 'my.csv', '--out', 'copy/copy.csv.gz');
  assert.equal(again.code, 0, again.err);
  const copy = await loadNetworks(join(folder, 'copy/copy.csv.gz'));
  assert.deepEqual(
    copy.networks.map(({ graph: _, ...network }) => network),
    networks.map(({ graph: _, ...network }) => network),
  );
  for (const [i, network] of copy.networks.entries())
    assert.deepEqual(await network.graph(), await networks[i].graph());

  writeFileSync(join(folder, 'bad.csv'), `onnx,sha256,device,latency_ms\na.onnx,${'0'.repeat(64)},d,0\n`);
  const bad = await tempograph(folder, 'import', 'bad.csv', '--out', 'bad/bad.csv');
  assert.equal(bad.code, 1);
  assert.match(
    bad.err,
    /bad\.csv: one value is not usable:\n {2}line 2, column latency_ms: "0" is not a latency/,
  );
});

async function exported(...args: string[]): Promise<string> {
  const folder = temporaryFolder();
  const { code, err } = await tempograph(folder, 'export-onnx', ...args);
  assert.equal(code, 0, err);
  return folder;
}

test('export-onnx writes one architecture, or many with a list', async () => {
  const cell = nasbench201.example;
  const folder = await exported('--arch', cell, '--dead-ops', 'timed', '--out', 'sub/net.onnx');
  const { macs, parameters } = totalCost(nasbench201.toNetwork(nasbench201.parse(cell)));
  assert.deepEqual(await counted(readFileSync(join(folder, 'sub/net.onnx'))), { macs, parameters });

  const many = await exported(
    ...['--space', 'mnasnet', '--count', '2', '--image-size', '96', '--batch', 'dynamic', '--out', 'nets'],
  );
  assert.deepEqual(readdirSync(join(many, 'nets')).sort(), ['1.onnx', '2.onnx', 'networks.csv']);
  const [header, first] = readFileSync(join(many, 'nets/networks.csv'), 'utf8').split('\n');
  assert.equal(header, 'file,arch');
  const [file, arch] = first.split(',');
  const network = measuredNetwork(mnasnet, mnasnet.parse(arch), { deadOperations: 'pruned', imageSize: 96 });
  const cost = totalCost(network);
  assert.deepEqual(await counted(readFileSync(join(many, 'nets', file))), {
    macs: cost.macs,
    parameters: cost.parameters,
  });
});

test('export-onnx writes generated networks in a folder for each family', async () => {
  const folder = await exported('--probes', 'standard', '--families', '1', '--no-weights', '--out', 'nets');
  const folders = readdirSync(join(folder, 'nets'));
  assert.equal(folders.length, 22 + 1);
  assert.ok(readdirSync(join(folder, 'nets/probes')).length <= 150);
  const bytes = readFileSync(join(folder, 'nets/resnet/resnet_0.onnx'));
  assert.deepEqual(bytes, Buffer.from(generatedNetwork('resnet/resnet_0.onnx')?.model('none') as Uint8Array));
});

test('bad options are refused in a sentence', async (t) => {
  const wrong: [string[], RegExp][] = [
    [['measure'], /option --out: name the file to write/],
    [['measure', '--out', 'my.txt'], /option --out: "my\.txt" must end in \.csv/],
    [['measure', '--out', 'my.csv', '--runner', 'x'], /option --device: name the board/],
    [
      ['measure', '--out', 'my.csv', '--runs', '3'],
      /option --rounds: 3 runs cannot be divided into 5 rounds/,
    ],
    [
      ['measure', '--out', 'my.csv', '--provider', 'abacus'],
      /option --provider: there is no execution provider/,
    ],
    [
      ['measure', '--onnx', 'none.onnx', '--out', 'my.csv'],
      /none\.onnx, option --onnx: there is no such file/,
    ],
    [
      ['measure', '--families', '1', '--by-turns', '--runner', 'x', '--device', 'd', '--out', 'my.csv'],
      /option --by-turns: a runner decides for itself/,
    ],
    [['export-onnx', '--probes', 'standard', '--out', 'n.onnx'], /--out: "n.onnx" names one file/],
    [['measure', '--out', 'my.csv', '--image-size', '0'], /option --image-size: "0" is not a whole number/],
    [['measure', '--server', 'http://localhost:1'], /option --device: name the device/],
    [
      ['measure', '--server', 'localhost:8080', '--device', 'x'],
      /"localhost:8080" is not an address like http/,
    ],
    [
      ['export-onnx', '--arch', nasbench201.example, '--out', 'net'],
      /option --out: "net" must end in \.onnx/,
    ],
    [['export-onnx', '--out', 'nets'], /say which architectures/],
    [['export-onnx', '--count', '2', '--out', 'n.onnx'], /--out: "n.onnx" names one file/],
  ];
  const said = t.mock.method(console, 'error', () => undefined);
  for (const [args, pattern] of wrong) {
    await main(args);
    assert.equal(process.exitCode, 1);
    process.exitCode = undefined;
    assert.match(String(said.mock.calls.at(-1)?.arguments[0]), pattern);
  }
});
