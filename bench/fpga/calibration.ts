import { join } from 'node:path';
import { plainTable } from '../../cli/table.js';
import { Random } from '../../src/base/random.js';
import { loadSamples } from '../../src/datasets/load.js';
import { calibrate } from '../../src/devices/calibration/calibrate.js';
import { dpuModel } from '../../src/devices/dpu/dpu.js';
import { mpArrayModel } from '../../src/devices/mp-array/mp-array.js';
import { scores } from '../../src/predictors/scores.js';
import { mnasnet } from '../../src/spaces/mnasnet/space.js';
import { DATA, hasData } from '../data.js';
import { meanStdText } from '../format.js';
import { type MeasuredLayer, PIXELS, readFpgaLayers } from './fpga-layers.js';

const LAYERS = join(DATA, 'fpga_layers/cnn_accel_layers.csv.gz');
const ZCU102 = join(DATA, 'accelnasbench/mnasnet_accel.csv.gz');
const SEEDS = Array.from({ length: 10 }, (_, i) => i + 1);
const SAMPLES = 50;
const NETWORKS_LEFT_OUT = 3;

/** Analytic devices against two real accelerators: calibrated on a part, tested on the rest. */
export async function calibrationBench(): Promise<void> {
  if (hasData(ZCU102)) await dpuAgainstZcu102();
  if (hasData(LAYERS)) await arraysAgainstLayers();
}

async function dpuAgainstZcu102(): Promise<void> {
  const all = await loadSamples(ZCU102, { space: mnasnet, duplicates: 'mean' });
  const networks = all.architectures.map((architecture) => mnasnet.toNetwork(architecture));
  const trials = SEEDS.map((seed) => {
    const order = new Random(seed).shuffle([...networks.keys()]);
    const device = dpuModel.device(
      calibrate(
        order
          .slice(0, SAMPLES)
          .map((i) => ({ model: dpuModel, network: networks[i], latencyMs: all.values[i] })),
      ),
    );
    const rest = order.slice(SAMPLES);
    return scores(
      Float64Array.from(rest, (i) => device.latency(networks[i]).latencyMs),
      Float64Array.from(rest, (i) => all.values[i]),
    );
  });
  const of = (score: 'spearman' | 'within10' | 'within5' | 'mape', digits: number, scale = 1) =>
    meanStdText(
      trials.map((trial) => trial[score]),
      digits,
      scale,
    );
  console.log(
    `dpu, five constants calibrated on ${SAMPLES} networks, tested on ${networks.length - SAMPLES} others, ${SEEDS.length} seeds: ` +
      `Spearman ${of('spearman', 4)}, ±10 % ${of('within10', 2, 100)}, ±5 % ${of('within5', 1, 100)}, MAPE ${of('mape', 2, 100)} %`,
  );
}

/**
 * Each accelerator is left out in turn, with three networks drawn by each seed. Layers whose shape occurs in a
 * network that was calibrated on don't count as layers of a network left out.
 */
async function arraysAgainstLayers(): Promise<void> {
  const layers = (await readFpgaLayers(LAYERS)).filter(({ type }) => type === 'conv');
  const models = PIXELS.map((pixels) => mpArrayModel(32, pixels));
  const networks = [...new Set(layers.map(({ network }) => network))];
  const table = plainTable(['left out', ...models.map(({ name }) => name), 'worst']);
  for (const third of models.keys()) {
    const everyLayer: number[][] = models.map(() => []);
    const newShapes: number[][] = models.map(() => []);
    for (const seed of SEEDS) {
      const leftOut = new Set(new Random(seed).shuffle(networks).slice(0, NETWORKS_LEFT_OUT));
      const used = layers.filter(({ network }) => !leftOut.has(network));
      const known = new Set(used.map(({ shape }) => shape));
      const constants = calibrate(
        used.flatMap(({ graph, latencyMs }) =>
          models.flatMap((model, i) =>
            i === third ? [] : [{ model, network: graph, latencyMs: latencyMs[i] }],
          ),
        ),
      );
      for (const [i, model] of models.entries()) {
        const device = model.device(constants);
        const hit = ({ graph, latencyMs }: MeasuredLayer) =>
          Math.abs(device.latency(graph).latencyMs / latencyMs[i] - 1) <= 0.1;
        const share = (tested: readonly MeasuredLayer[]) => (100 * tested.filter(hit).length) / tested.length;
        everyLayer[i].push(share(layers.filter(({ network }) => i === third || leftOut.has(network))));
        const unseen = layers.filter(({ network, shape }) => leftOut.has(network) && !known.has(shape));
        if (unseen.length > 0) newShapes[i].push(share(unseen));
      }
    }
    const row = (name: string, shares: number[][]) =>
      table.push([
        name,
        ...shares.map((each) => meanStdText(each, 1)),
        Math.min(...shares.flat()).toFixed(1),
      ]);
    row(`${models[third].name} and three networks`, everyLayer);
    row('  new shapes in these networks', newShapes);
  }
  console.log(
    'M×P array, four constants: share of convolution layers within ±10 %, %, 10 choices of networks',
  );
  console.log(table.toString());
}
