import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { readBoards } from '../../../src/devices/board/board-file.js';
import { BOARDS } from '../../../src/devices/board/boards.js';
import { analyticDevice, analyticDevicesOn } from '../../../src/devices/catalogue.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../../temporary-folder.js';

const board = { ...BOARDS[0], id: 'mine', description: 'A board of mine', dsp: 480 };

describe('board catalogue', () => {
  it('has the published resources', () => {
    const resources = Object.fromEntries(
      BOARDS.map(({ id, dsp, bram36, logic }) => [id, [dsp, bram36, logic]]),
    );
    assert.deepEqual(resources, {
      pynq_z1: [220, 140, 53_200],
      zc706: [900, 545, 218_600],
      zcu102: [2520, 912, 274_080],
      arria10_1150: [1518, Math.round((2713 * 20) / 36), 427_200],
      virtex7_690t: [3600, 1470, 433_200],
    });
  });
});

describe('board file', () => {
  let folder: string;
  before(async () => {
    folder = temporaryFolder();
  });

  async function read(content: unknown) {
    const file = join(folder, 'boards.json');
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    return readBoards(file);
  }

  it('adds boards that every model then goes on', async () => {
    const boards = await read([board]);
    assert.equal(boards.length, BOARDS.length + 1);
    const device = analyticDevice('fnas:mine', analyticDevicesOn(boards));
    assert.ok(device.latency(nasbench201.toNetwork(nasbench201.at(0))).latencyMs > 0);
  });

  it('says what is wrong with a field, and what it was', async () => {
    const cases: [unknown, RegExp][] = [
      ['[', /boards\.json: not JSON/],
      [{}, /boards\.json: must be array/],
      [[{ ...board, dsp: 0 }], /field \/0\/dsp: must be >= 1, not 0/],
      [[{ ...board, dsp: 1.5 }], /field \/0\/dsp: must be integer, not 1\.5/],
      [[{ ...board, clockMHz: '100' }], /field \/0\/clockMHz: must be number, not "100"/],
      [[{ ...board, id: 'My board' }], /field \/0\/id: must match pattern/],
      [[{ ...board, luts: 5 }], /luts/],
      [[{ id: 'x' }], /dsp/],
      [[board, board], /field \/1\/id: there is a board "mine" already/],
      [[{ ...board, id: 'zcu102' }], /field \/0\/id: there is a board "zcu102" already/],
    ];
    for (const [content, message] of cases)
      await assert.rejects(read(content), { name: 'InputError', message });
    const missing = { name: 'InputError', message: /none\.json: there is no such file/ };
    await assert.rejects(readBoards(join(folder, 'none.json')), missing);
  });
});
