import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { InputError } from '../../../src/base/errors.js';
import { keepGraph, strippedGraph } from '../../../src/datasets/networks/graphs.js';
import { kernelsPathOf } from '../../../src/datasets/networks/kernel-table.js';
import { loadNetworks } from '../../../src/datasets/networks/load.js';
import { readNetworkRows } from '../../../src/datasets/networks/read.js';
import { type WrittenNetwork, writeNetworks } from '../../../src/datasets/networks/write.js';
import type { Reject } from '../../../src/datasets/rejects.js';
import { generatedNetwork } from '../../../src/onnx/generate/generated-networks.js';
import { NetworkWriter } from '../../../src/onnx/write/network-writer.js';
import { KERNEL_COLUMNS, kernelFromCells } from '../../../src/runtimes/kernel.js';
import { temporaryFolder } from '../../temporary-folder.js';

const PROVENANCE = {
  name: 'made up',
  method: 'measured',
  source: 'a test',
  licence: 'MIT',
  noise: null,
  versions: {},
  describe: (device: string) => device,
};

const kernel = (kind: string) =>
  kernelFromCells(
    Object.fromEntries(KERNEL_COLUMNS.map((column) => [column, column === 'kind' ? kind : '1'])),
  );

function model(channels: number): Uint8Array {
  const net = new NetworkWriter(1);
  net.output(net.convolution(net.input([1, 3, 8, 8]), channels, { kernel: 3 }));
  return net.model();
}

/** A dataset of a network of one's own and of two generated ones. */
async function written() {
  const file = join(temporaryFolder(), 'set', 'nets.csv');
  const own = strippedGraph(model(4));
  const generated = ['resnet/resnet_1.onnx', 'probes/map_3.onnx'].map((onnx) => {
    const { sha256 } = strippedGraph(generatedNetwork(onnx)?.model('none') as Uint8Array);
    return { onnx, sha256, device: 'board', latencyMs: 2.5, further: [2.4, Number.NaN], kernels: [] };
  });
  const networks: WrittenNetwork[] = [
    {
      onnx: 'mine/net.onnx',
      sha256: own.sha256,
      device: 'board',
      latencyMs: 1.25,
      further: [1.2, 3],
      kernels: [
        { kernel: kernel('Conv.first'), us: 1000 },
        { kernel: kernel('Relu'), us: 250 },
      ],
    },
    ...generated,
  ];
  await keepGraph(file, networks[0], own.graph);
  for (const network of generated) await keepGraph(file, network, new Uint8Array());
  const card = await writeNetworks(file, networks, ['cpu_ms', 'groups'], PROVENANCE);
  return { file, card, networks, own };
}

test('a dataset of networks is read as it was written, graphs and kernels too', async () => {
  const { file, card, own } = await written();
  assert.deepEqual(card.families, { mine: 1, resnet: 1, probes: 1 });
  assert.deepEqual(
    [card.rows, card.probes, card.kernels?.kinds],
    [3, 'standard/1', { 'Conv.first': 1, Relu: 1 }],
  );
  assert.equal(readFileSync(file, 'utf8').split('\n')[0], 'onnx,sha256,device,latency_ms,cpu_ms,groups');

  const { device, networks } = await loadNetworks(file);
  assert.equal(device, 'board');
  assert.deepEqual(
    networks.map(({ family, latencyMs }) => [family, latencyMs]),
    [
      ['mine', 1.25],
      ['resnet', 2.5],
      ['probes', 2.5],
    ],
  );
  assert.deepEqual(
    networks[0].kernels.map(({ kernel: { kind }, us }) => [kind, us]),
    [
      ['Conv.first', 1000],
      ['Relu', 250],
    ],
  );
  assert.deepEqual(
    [networks[1].kernels, Buffer.from(await networks[0].graph())],
    [[], Buffer.from(own.graph)],
  );
  for (const { onnx, graph } of networks.slice(1))
    assert.deepEqual(
      Buffer.from(await graph()),
      Buffer.from(strippedGraph(generatedNetwork(onnx)?.model() as Uint8Array).graph),
    );
});

test('a graph that is missing, or another one than was measured, is refused by its name', async () => {
  const { file, networks, own } = await written();
  const loaded = await loadNetworks(file);
  const path = join(dirname(file), 'graphs', `${own.sha256}.onnx`);
  writeFileSync(path, model(5));
  await assert.rejects(loaded.networks[0].graph(), /graphs\/\w+\.onnx: its digest is \w+: it has changed/);
  rmSync(path);
  await assert.rejects(loaded.networks[0].graph(), /the graph of mine\/net\.onnx is not beside/);
  const text = readFileSync(file, 'utf8').replace(networks[1].sha256, own.sha256.replace(/^./, '0'));
  rmSync(file.replace('.csv', '.card.json'));
  writeFileSync(file, text);
  const changed = await loadNetworks(file);
  await assert.rejects(
    changed.networks[1].graph(),
    /the generator of resnet\/resnet_1\.onnx now makes a different network/,
  );
});

test('a card is of one file and its kernels', async () => {
  const { file } = await written();
  const kernels = kernelsPathOf(file);
  const table = gunzipSync(readFileSync(kernels)).toString();
  writeFileSync(kernels, gzipSync(table.replace(',1000,', ',1001,')));
  await assert.rejects(loadNetworks(file), /card\.json, field \/kernels\/sha256: .* has changed since/);
  writeFileSync(file, readFileSync(file, 'utf8').replace('1.25', '1.26'));
  await assert.rejects(loadNetworks(file), /card\.json, field \/sha256: the data file has changed since/);
});

test('kernels that cannot be are refused with their line and column', async () => {
  const { file } = await written();
  rmSync(file.replace('.csv', '.card.json'));
  const path = kernelsPathOf(file);
  const [header, first, second] = gunzipSync(readFileSync(path)).toString().trim().split('\n');
  const wrong: [string[], RegExp][] = [
    [[header, first.replace(',1000,', ',-1,')], /line 2, column us: "-1" is not a time/],
    [[header, second], /line 2, column node: "1" is not the next node of its network, 0/],
    [[header, first.replace(/1$/, 'x')], /line 2, column steps: "x" is not a number of at least 0/],
    [[header.replace(',macs,', ',mac,'), first], /line 1: there is no column "macs"/],
  ];
  for (const [lines, pattern] of wrong) {
    writeFileSync(path, gzipSync(`${lines.join('\n')}\n`));
    await assert.rejects(loadNetworks(file), pattern);
  }
});

test('rows that cannot be used are named with line, column and what would be right', async () => {
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'bad.csv');
  const sha = '0'.repeat(64);
  writeFileSync(
    file,
    `onnx,sha256,device,latency_us\na.onnx,${sha},d,1500\n,${sha},d,2\nb.onnx,abc,d,2\nc.onnx,${sha},d,-2\n` +
      `c.onnx,${sha},d,3\nd.onnx,${sha},,3\ne.onnx,${sha},d\n`,
  );
  const rejects: Reject[] = [];
  const rows = await readNetworkRows(file, { onReject: (reject) => rejects.push(reject) });
  assert.deepEqual(rows, [{ onnx: 'a.onnx', sha256: sha, device: 'd', latencyMs: 1.5 }]);
  assert.deepEqual(
    rejects.map(({ line, column }) => [line, column]),
    [
      [3, 'onnx'],
      [4, 'sha256'],
      [5, 'latency_us'],
      [6, 'latency_us'],
      [7, 'device'],
      [8, undefined],
    ],
  );
  assert.match(rejects[3].reason, /a second value of this network and device, which had 1\.5 ms in line 2/);
  const refused: [string, RegExp][] = [
    ['', /the file is empty/],
    ['onnx,device,latency_ms\n', /line 1: there is no column "sha256", the digest of that file/],
    ['onnx,sha256,device\n', /line 1: there is no column "latency_ms"/],
    ['onnx,sha256,device,latency_ms\n', /there is no row below the header/],
  ];
  for (const [text, pattern] of refused) {
    writeFileSync(file, text);
    await assert.rejects(
      readNetworkRows(file, { onReject: () => {} }),
      (error) => error instanceof InputError && pattern.test(error.message),
    );
  }
});
