import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Random } from '../../../src/base/random.js';
import { loadSamples } from '../../../src/datasets/load.js';
import { calibrate } from '../../../src/devices/calibration/calibrate.js';
import { deviceModel } from '../../../src/devices/calibration/models.js';
import { analyticDevice } from '../../../src/devices/catalogue.js';
import { dpuModel } from '../../../src/devices/dpu/dpu.js';
import { remarksOn } from '../../../src/devices/left-out.js';
import { publishedNetwork } from '../../../src/network/zoo/index.js';
import { spearman, within } from '../../../src/predictors/metrics.js';
import { mnasnet } from '../../../src/spaces/mnasnet/space.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import { needsShared, sharedData } from '../../shared-data.js';
import { temporaryFile } from '../../temporary-folder.js';

const MNASNET = 'accelnasbench/mnasnet_accel.csv.gz';

describe('calibration', () => {
  it('finds the constants that made the latencies', () => {
    const truth = { clock: 210, bandwidth: 2.5, pass: 2, exposed: 0.4, start: 0.7 };
    const device = dpuModel.device(truth);
    const random = new Random(1);
    const found = calibrate(
      Array.from({ length: 20 }, () => {
        const network = mnasnet.toNetwork(mnasnet.sample(random));
        return { model: dpuModel, network, latencyMs: device.latency(network).latencyMs };
      }),
    );
    for (const [name, value] of Object.entries(truth)) {
      assert.ok(Math.abs(found[name] / value - 1) < 0.02, `${name} is ${found[name]}, not ${value}`);
    }
  });

  it('works for a tiled FPGA too: a board that runs at half its clock is recognised', () => {
    const model = deviceModel('fnas:pynq_z1');
    const slow = model.device({ clock: 50 });
    const random = new Random(2);
    const { clock } = calibrate(
      Array.from({ length: 8 }, () => {
        const network = nasbench201.toNetwork(nasbench201.prune(nasbench201.sample(random)));
        return { model, network, latencyMs: slow.latency(network).latencyMs };
      }),
    );
    assert.ok(Math.abs(clock - 50) < 1, `${clock} MHz`);
  });

  it('asks for as many measurements as there are constants', () => {
    const network = mnasnet.toNetwork(mnasnet.parse(mnasnet.example));
    assert.throws(
      () => calibrate([{ model: dpuModel, network, latencyMs: 1 }]),
      /1 measurements can't fix 5 constants/,
    );
  });

  it('on 50 measurements of a ZCU102, ranks networks it has not seen with Spearman 0.95 and more', {
    skip: needsShared(MNASNET),
  }, async () => {
    const all = await loadSamples(sharedData(MNASNET)!, { space: mnasnet, duplicates: 'mean' });
    const order = new Random(5).shuffle([...all.values.keys()]).slice(0, 350);
    const networks = order.map((i) => mnasnet.toNetwork(all.architectures[i]));
    const measured = Float64Array.from(order, (i) => all.values[i]);
    const device = dpuModel.device(
      calibrate(
        networks.slice(0, 50).map((network, i) => ({ model: dpuModel, network, latencyMs: measured[i] })),
      ),
    );
    const predicted = Float64Array.from(networks.slice(50), (n) => device.latency(n).latencyMs);
    const truth = measured.subarray(50);
    assert.ok(spearman(predicted, truth) >= 0.95);
    assert.ok(within(predicted, truth, 0.1) >= 0.95);
  });
});

describe('file of a calibrated device', () => {
  const file = {
    format: 'tempograph-device/1',
    id: 'dpu:mine',
    description: 'mine',
    model: 'dpu',
    parameters: { clock: 200 },
    calibration: {
      data: 'd',
      sha256: 's',
      device: 'mine',
      seed: 1,
      fitted: { samples: 5, within10: 1, mape: 0, spearman: 1 },
      others: null,
    },
  };
  const written = (content: unknown) =>
    temporaryFile('device.json', typeof content === 'string' ? content : JSON.stringify(content));

  it('is an analytic device like any other', () => {
    const graph = mnasnet.toNetwork(mnasnet.parse(mnasnet.example));
    const device = analyticDevice(written(file));
    assert.equal(device.id, 'dpu:mine');
    assert.equal(device.latency(graph).latencyMs, dpuModel.device({ clock: 200 }).latency(graph).latencyMs);
  });

  it('names the operators that its model leaves out', () => {
    const fnas = { ...file, id: 'fnas:mine', model: 'fnas:zcu102', parameters: { clock: 150 } };
    const device = analyticDevice(written(fnas));
    const transformer = publishedNetwork('vit_tiny_patch16_224');
    const remarks = remarksOn(device, transformer);
    assert.match(remarks[0], /softmax.* not modelled/);
    assert.deepEqual(remarks, remarksOn(analyticDevice('fnas:zcu102'), transformer));
  });

  it('is refused with its name and what is wrong', () => {
    const refused = (content: unknown, message: RegExp) => {
      const path = written(content);
      assert.throws(
        () => analyticDevice(path),
        (error: Error) =>
          error.name === 'InputError' && error.message.includes(path) && message.test(error.message),
      );
    };
    refused('{', /not JSON/);
    refused({ ...file, model: 'npu' }, /no device model "npu"; known are dpu/);
    refused({ ...file, parameters: { clock: 1e9 } }, /clock.*must be between 50 and 800/);
    refused({ ...file, format: 'x' }, /format/);
    assert.throws(() => analyticDevice('nowhere.json'), /nowhere\.json: there is no such file/);
  });
});
