import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import { packageRoot } from '../../src/base/package-root.js';
import { convolutionChain } from '../../src/network/zoo/convolution-chain.js';
import { DataType, decodeModel, encodeModel } from '../../src/onnx/proto.js';
import { GraphBuilder } from '../../src/onnx/write/graph-builder.js';
import { networkModel } from '../../src/onnx/write/network-model.js';
import { shippedModels } from '../../src/predictors/saved/model-folder.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { MemoryGroup } from './memory-group.js';
import { noPostgres, PostgresServer } from './postgres-server.js';

const SECONDS = Number(process.env.TEMPOGRAPH_MIX_SECONDS ?? 4);
const ADMIN = randomBytes(16).toString('hex');
const MIB = 2 ** 20;
const cell = nasbench201.example;

interface Container {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly resources: { readonly limits: { readonly memory: string } };
}

/** The server's container as it ships. */
async function shippedServer(): Promise<Container> {
  const text = await readFile(join(packageRoot, 'deploy/kubernetes/server.yaml'), 'utf8');
  const manifests = parseAllDocuments(text).map((document) => document.toJS());
  return manifests.find(({ kind }) => kind === 'Deployment').spec.template.spec.containers[0];
}

/** ONNX files as large as are taken, or as much work, or made to harm, in base64. */
function onnxFiles(): string[] {
  const large = networkModel(
    convolutionChain(
      [3, 64, 64],
      Array.from({ length: 5 }, () => ({ filters: 256, kernel: 3 })),
    ),
    { batch: 1, seed: 1 },
  );
  const long = new GraphBuilder('long');
  long.input('x', DataType.float, [1, 8]);
  let last = 'x';
  for (let i = 0; i < 19_000; i++) last = long.node('Relu', [last]);
  long.output(last, DataType.float, [1, 8], 'y');
  // A shape of 2^40 dimensions: onnxruntime makes room for each of them.
  const reshape = new GraphBuilder('reshape');
  reshape.input('x', DataType.float, [3, 4]);
  reshape.input('shape', DataType.int64, [2 ** 40]);
  reshape.output(reshape.node('Reshape', ['x', 'shape']), DataType.float, [12], 'y');
  const files = [large, long.model({ producerVersion: '1' }), reshape.model({ producerVersion: '1' })];
  for (const file of files) assert.ok(file.length < 12 * MIB);
  // All that may be sent, in one name.
  const padded = decodeModel(large);
  padded.graph.name = 'x'.repeat(12 * MIB - large.length - 4 * 2 ** 10);
  return [...files, encodeModel(padded)].map((file) => Buffer.from(file).toString('base64'));
}

/** What strangers with keys send, each again and again. */
function mix(): Record<string, (k: number) => { path: string; body: string; type?: string }> {
  const onnx = onnxFiles();
  const json = (path: string, body: object) => ({ path, body: JSON.stringify(body) });
  const csv = (rows: string) => ({
    path: `/v1/devices/x/measurements?key=${randomBytes(8).toString('hex')}&space=nasbench201`,
    type: 'text/csv',
    body: `arch,latency_ms\n${rows}`,
  });
  const bad = csv('a\n'.repeat(4 * MIB - 100));
  const wide = csv(`${'"'.repeat(7 * MIB)}`);
  const table = `arch,accuracy\n${`${cell},71\n`.repeat(40_000)}`;
  const devices = ['pixel3', 'fpga', '1080ti_1'];
  const architectures = Array.from({ length: 10_000 }, (_, i) => nasbench201.format(nasbench201.at(i)));
  return {
    network: (k) => json('/v1/network', { onnx: onnx[k % onnx.length] }),
    breakdown: (k) => json('/v1/breakdown', { device: 'fnas:zcu102', onnx: onnx[(k + 1) % onnx.length] }),
    kernels: (k) => json('/v1/networks/predict', { device: 'cpu', onnx: onnx[(k + 2) % onnx.length] }),
    published: () => json('/v1/networks/predict', { device: 'cpu', network: 'vgg16' }),
    bad: () => bad,
    wide: () => wide,
    rows: (k) => csv(`${cell},${1 + k}\n`.repeat(20_000)),
    search: () =>
      json('/v1/searches', {
        space: 'nasbench201',
        budget: 3,
        evaluator: { kind: 'table', column: 'accuracy', csv: table },
      }),
    many: () => json('/v1/predict', { devices, architectures, intervals: true }),
  };
}

test('the server keeps within the memory of its manifest, whatever is sent at the same time', async (t) => {
  const { env, args, resources } = await shippedServer();
  const limit = /^(\d+)Gi$/.exec(resources.limits.memory);
  assert.ok(limit, resources.limits.memory);
  const group = MemoryGroup.create(`tempograph-${process.pid}`, Number(limit[1]) * 2 ** 30);
  if (!group) return t.skip('no control group may be made here');
  const folder = temporaryFolder();
  // As the manifest has it; without PostgreSQL the embedded store takes its part, too.
  const postgres = noPostgres ? undefined : await PostgresServer.start();
  const own = args
    .filter((arg) => postgres || arg !== '--no-jobs')
    .map((arg) => (arg === '0.0.0.0' ? '127.0.0.1' : arg));
  const [program, ...rest] = group.command([
    process.execPath,
    '--input-type=module',
    '--eval',
    `const { main } = await import('./dist/cli/main.js'); await main(process.argv.slice(1));`,
    '--',
    ...own,
    '--require-keys',
    '--port',
    '0',
    '--data',
    folder,
    '--models',
    shippedModels,
  ]);
  const set = Object.fromEntries(env.flatMap(({ name, value }) => (value ? [[name, value]] : [])));
  const server: ChildProcess = spawn(program, rest, {
    cwd: packageRoot,
    env: { ...process.env, ...set, TEMPOGRAPH_ADMIN_KEY: ADMIN, DATABASE_URL: await postgres?.database() },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(server, 'exit');
  t.after(async () => {
    server.kill('SIGTERM');
    await exited;
    await group.remove();
    await postgres?.stop();
  });
  const [line] = await once(createInterface({ input: server.stdout! }), 'line');
  const url = new URL(String(line).match(/http:\S+/)![0]);

  const send = async (
    key: string,
    { path, body, type = 'application/json' }: { path: string; body: string; type?: string },
  ) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': type };
    const response = await fetch(new URL(path, url), { method: 'POST', body, headers });
    return { status: response.status, text: await response.text() };
  };
  const keyOf = async (name: string): Promise<string> => {
    for (;;) {
      const { status, text } = await send(ADMIN, {
        path: '/v1/keys',
        body: JSON.stringify({ name, role: 'admin' }),
      });
      if (status < 300) return JSON.parse(text).key;
      assert.equal(status, 503, text);
      await sleep(200);
    }
  };

  const parts = Object.entries(mix());
  const keys = new Map<string, string>();
  for (const [name] of parts) for (const i of [1, 2]) keys.set(`${name} ${i}`, await keyOf(`${name} ${i}`));
  const [lazy, reader] = [await keyOf('lazy'), await keyOf('reader')];

  const end = performance.now() + 1000 * SECONDS;
  const statuses = new Map<string, number>();
  const strangers = parts.flatMap(([name, what]) =>
    [1, 2].map(async (stranger) => {
      let k = stranger;
      do {
        const { status, text } = await send(keys.get(`${name} ${stranger}`)!, what(k++));
        const seen = `${name} ${status}`;
        statuses.set(seen, (statuses.get(seen) ?? 0) + 1);
        assert.ok(status < 500 || status === 503, `${name}: ${text.slice(0, 300)}`);
        if (status === 503) await sleep(100);
      } while (performance.now() < end);
    }),
  );
  // Bodies that are begun and never end.
  const sockets = Array.from({ length: 60 }, () => {
    const socket = connect(Number(url.port), url.hostname);
    socket.on('error', () => {});
    socket.write(
      `POST /v1/network HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${lazy}\r\ncontent-type: application/json\r\ncontent-length: ${16 * MIB}\r\n\r\n`,
    );
    socket.write(Buffer.alloc(4 * MIB, ' '));
    return socket;
  });
  let answered = 0;
  do {
    const architecture = nasbench201.format(nasbench201.at(answered % 15_625));
    const body = JSON.stringify({ device: 'pixel3', architectures: [architecture] });
    const { status, text } = await send(reader, { path: '/v1/predict', body });
    assert.equal(status, 200, text);
    answered++;
  } while (performance.now() < end);
  await Promise.all(strangers);
  for (const socket of sockets) socket.destroy();
  assert.equal(server.exitCode, null);
  assert.equal(group.ended, 0, `of its processes ended for want of memory\n${group.statistics}`);
  t.diagnostic(`${answered} predictions in ${SECONDS} s, at most ${group.peakMb.toFixed(0)} MiB`);
  t.diagnostic(
    [...statuses]
      .map(([what, count]) => `${count} × ${what}`)
      .sort()
      .join(', '),
  );
});
