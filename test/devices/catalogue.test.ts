import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InputError } from '../../src/base/errors.js';
import { BOARDS } from '../../src/devices/board/boards.js';
import { analyticDevice, analyticDevices, analyticDevicesOn } from '../../src/devices/catalogue.js';
import { NetworkDoesNotFitError } from '../../src/devices/device.js';
import { binaryCifar10 } from '../../src/network/zoo/families/binary-cifar10.js';
import { googlenet } from '../../src/network/zoo/families/googlenet.js';
import { lstm } from '../../src/network/zoo/families/lstm.js';
import { mnasnet } from '../../src/spaces/mnasnet/space.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';

const networks = {
  googlenet: googlenet(),
  binaryCifar10: binaryCifar10(),
  lstm: lstm({ inputs: 64, hidden: 64, steps: 3 }),
  nasbench201: nasbench201.toNetwork(nasbench201.parse(nasbench201.example)),
  mnasnet: mnasnet.toNetwork(mnasnet.parse(mnasnet.example)),
};

describe('analytic devices', () => {
  it('run any network that fits, and break its latency down by layer', () => {
    let fitting = 0;
    for (const device of analyticDevices) {
      for (const [name, network] of Object.entries(networks)) {
        let report: ReturnType<typeof device.latency>;
        try {
          report = device.latency(network);
        } catch (error) {
          // Accelerators of their own don't have hardware for every operator, and say for which.
          const general = /^(fnas|overlay|bcnn):/.test(device.id);
          if (!general && error instanceof InputError && /operator "/.test(error.message)) continue;
          assert.ok(error instanceof NetworkDoesNotFitError, `${device.id}, ${name}: ${error}`);
          assert.ok(error.needed > error.available);
          continue;
        }
        fitting++;
        const { latencyMs, intervalMs = latencyMs, layers, use } = report;
        assert.ok(
          latencyMs > 0 && intervalMs > 0 && intervalMs <= latencyMs * (1 + 1e-12),
          `${device.id} ${name}`,
        );
        for (const [i, { node, cycles, startCycle, finishCycle }] of layers.entries()) {
          assert.ok(cycles >= 0 && finishCycle - startCycle >= cycles - 1e-6, `${device.id} ${name} ${node}`);
          assert.ok(i === 0 || startCycle >= layers[i - 1].startCycle, 'in the order in which they start');
        }
        const board = BOARDS.find(({ id }) => device.id.endsWith(`:${id}`));
        if (board === undefined || device.id.startsWith('dpu:')) continue;
        assert.ok(use.dsp <= board.dsp && use.bram36 <= board.bram36, device.id);
      }
    }
    assert.ok(fitting > 40, `${fitting} networks fit`);
  });

  it('go on any board', () => {
    const boards = [{ ...BOARDS[0], id: 'other', dsp: 500 }];
    const ids = analyticDevicesOn(boards).map(({ id }) => id);
    assert.deepEqual(ids.slice(0, 3), ['fnas:other', 'overlay:other', 'bcnn:other']);
    assert.ok(ids.includes('dpu:zcu102'), 'beside accelerators that are boards of their own');
    assert.throws(
      () => analyticDevice('fnas:none'),
      /no analytic device "fnas:none"; known are fnas:pynq_z1/,
    );
  });
});
