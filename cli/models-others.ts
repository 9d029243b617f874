import { join } from 'node:path';
import { InputError } from '../src/base/errors.js';
import { packageRoot } from '../src/base/package-root.js';
import { networkDevices } from '../src/predictors/roofline/devices.js';
import { measuredNetworks } from '../src/predictors/roofline/left-out.js';
import { saveNetworkModel } from '../src/predictors/roofline/saved.js';
import { trainNetworkModel } from '../src/predictors/roofline/train.js';
import { shippedModels } from '../src/predictors/saved/model-folder.js';
import { interruptible, sayInterrupted } from './interruptible.js';
import { percent } from './percent.js';
import { countBar } from './progress.js';
import { trainOnNetworks } from './train-kernels.js';

/** The other models that ship, by name: each is trained on data in this package or from npm. */
export const otherModels: Readonly<Record<string, () => Promise<void>>> = {
  cpu: () =>
    trainOnNetworks({
      data: join(packageRoot, 'datasets', 'onnx_cpu', 'onnx_cpu.csv.gz'),
      device: 'amd_epyc_1t',
      out: join(shippedModels, 'cpu'),
    }),
  ...Object.fromEntries(
    networkDevices.map((device) => [
      device.name,
      async () => {
        const networks = await measuredNetworks(device);
        const bar = countBar(`${device.name} without one family each`);
        const families = new Set(networks.map(({ family }) => family)).size;
        let done = 0;
        const model = trainNetworkModel(device, networks, () => bar.update(++done, families));
        bar.stop();
        await saveNetworkModel(model, shippedModels);
        const { mape, within10 } = model.card.leftOut;
        console.log(
          `${device.name}: ${networks.length} networks, of left-out families ±10 % ${percent(within10)}, MAPE ${percent(mape)}`,
        );
      },
    ]),
  ),
  g2p: trainG2p,
};

/** Trains g2p, or continues a training that was cut off. */
async function trainG2p(): Promise<void> {
  const { trainShippedG2p } = await import('../src/compress/g2p/shipped.js');
  const bar = countBar(`g2p steps`);
  let interruption: unknown;
  const card = await interruptible(async (signal) => {
    const trained = await trainShippedG2p({
      threads: 1,
      checkpoint: join(shippedModels, `.g2p.checkpoint`),
      signal,
      onProgress: (step, steps) => bar.update(step, steps),
    });
    interruption = signal.reason;
    return trained;
  })
    .catch((error: unknown) => {
      if (error instanceof InputError) return error;
      throw error;
    })
    .finally(bar.stop);
  if (card instanceof InputError) {
    console.error(`g2p: skipped, ${card.message}`);
    return;
  }
  if (!card) {
    sayInterrupted(interruption, 'give the same command again to continue');
    return;
  }
  const { wordErrorPercent, phonemeErrorPercent } = card.scores.test;
  console.log(
    `g2p: ${card.data.train} words, test word error ${wordErrorPercent.toFixed(2)} %, phoneme error ${phonemeErrorPercent.toFixed(2)} %`,
  );
}
