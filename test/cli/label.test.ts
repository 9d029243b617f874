import assert from 'node:assert/strict';
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { BOARDS } from '../../src/devices/board/boards.js';
import { analyticDevice } from '../../src/devices/catalogue.js';
import { FnasDevice } from '../../src/devices/fnas/fnas.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { startCommand } from './command.js';

const mine = { ...BOARDS[0], id: 'mine', description: 'Mine', dsp: 480, bram36: 300 };
let folder: string;

before(async () => {
  folder = temporaryFolder();
  await writeFile(join(folder, 'boards.json'), JSON.stringify([mine]));
});

const start = (...args: string[]) => startCommand(['label', ...args], { cwd: folder });
const label = (...args: string[]) => start(...args).result;

/** Latency by architecture and device. */
async function labels(file: string): Promise<Map<string, number>> {
  const lines = (await readFile(join(folder, file), 'utf8')).trim().split('\n').slice(1);
  return new Map(
    lines.map((line) => {
      const [architecture, device, latency] = line.split(',');
      return [`${architecture},${device}`, Number(latency)];
    }),
  );
}

describe('label', () => {
  it('writes what each device says of each network, on boards of the user too', async () => {
    const ids = ['fnas:mine', 'overlay:zcu102', 'dpu:zcu102'];
    const args = ['--device', ...ids, '--boards', 'boards.json', '--samples', '30'];
    const { code, out, err } = await label(...args, '--seed', '4', '--threads', '2', '--out', 'two.csv');
    assert.equal(code, 0, err);
    assert.match(out, /two\.csv: 90 samples of 3 device\(s\)/);
    const found = await labels('two.csv');
    assert.equal(found.size, 90);
    const devices = {
      fnas_mine: new FnasDevice(mine),
      overlay_zcu102: analyticDevice('overlay:zcu102'),
      dpu_zcu102: analyticDevice('dpu:zcu102'),
    };
    for (const [key, latency] of found) {
      const [architecture, name] = key.split(',');
      const network = nasbench201.toNetwork(nasbench201.prune(nasbench201.parse(architecture)));
      assert.equal(latency, devices[name as keyof typeof devices].latency(network).latencyMs);
    }
    const card = JSON.parse(await readFile(join(folder, 'two.card.json'), 'utf8'));
    assert.deepEqual(
      card.devices.map(({ id, precision }: { id: string; precision: string }) => [id, precision]),
      [
        ['fnas_mine', 'int16'],
        ['overlay_zcu102', 'float11'],
        ['dpu_zcu102', 'int8'],
      ],
    );
    assert.match(card.source, /--boards boards\.json --samples 30 --seed 4/);
  });

  it('takes the constants of a calibrated device from its file, also of one named like a device that is known', async () => {
    const agreement = { samples: 50, within10: 1, mape: 0.01, spearman: 1 };
    const file = {
      format: 'tempograph-device/1',
      id: 'dpu:zcu102',
      description: 'DPU with a slower clock',
      model: 'dpu',
      parameters: { clock: 200 },
      calibration: { data: 'x.csv', sha256: '0', device: 'zcu102', seed: 1, fitted: agreement, others: null },
    };
    await writeFile(join(folder, 'slow.json'), JSON.stringify(file));
    const { code, err } = await label('--device', 'slow.json', '--samples', '5', '--out', 'slow.csv');
    assert.equal(code, 0, err);
    const device = analyticDevice(join(folder, 'slow.json'));
    for (const [key, latency] of await labels('slow.csv')) {
      const network = nasbench201.toNetwork(nasbench201.prune(nasbench201.parse(key.split(',')[0])));
      assert.equal(latency, device.latency(network).latencyMs);
    }
    const both = await label('--device', 'slow.json', 'dpu:zcu102', '--samples', '5', '--out', 'both.csv');
    assert.equal(both.code, 1);
    assert.match(
      both.err,
      /--device: slow\.json and dpu:zcu102 would both be called dpu_zcu102 in the dataset/,
    );
  });

  it('goes on after being killed, to the same labels', async () => {
    const args = ['--device', 'overlay:zc706', '--samples', '900', '--threads', '1'];
    const { child, result } = start(...args, '--out', 'killed.csv');
    const journal = join(folder, '.killed.csv.labels');
    let lines = 0;
    while (lines < 4 && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      lines = (await readFile(journal, 'utf8').catch(() => '')).split('\n').length;
    }
    child.kill('SIGKILL');
    await result;
    await appendFile(journal, '{"chunk": 9, "laten');
    const { code, err } = await label(...args, '--out', 'killed.csv');
    assert.equal(code, 0, err);
    assert.match(err, /continuing after \d+ networks/);
    await label(...args, '--out', 'whole.csv');
    assert.deepEqual(await labels('killed.csv'), await labels('whole.csv'));
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('.')),
      [],
    );
  });

  it('says what is wrong with its options', async () => {
    const wrong: [string[], RegExp][] = [
      [
        ['--device', 'fnas:zcu102', '--out', 'x.txt'],
        /option --out: "x\.txt" must end in \.csv or \.csv\.gz/,
      ],
      [['--device', 'fnas:mine', '--out', 'x.csv'], /no analytic device "fnas:mine"; known are fnas:pynq_z1/],
      [
        ['--device', 'fnas:zcu102', '--boards', 'none.json', '--out', 'x.csv'],
        /none\.json: there is no such file/,
      ],
      [
        ['--space', 'mnasnet', '--device', 'fnas:zcu102', '--out', 'x.csv'],
        /mnasnet has .* architectures: say how many samples to draw/,
      ],
    ];
    for (const [args, message] of wrong) {
      const { code, err } = await label(...args);
      assert.equal(code, 1);
      assert.match(err, message);
    }
  });
});
