// Makes models/<device>.network.json from datasets/timm_networks.csv.gz, and prints their scores on left-out kin.
// node scripts/network-models.mjs [device...]
import { networkDevices } from '../dist/src/predictors/roofline/devices.js';
import { measuredNetworks } from '../dist/src/predictors/roofline/left-out.js';
import { saveNetworkModel } from '../dist/src/predictors/roofline/saved.js';
import { trainNetworkModel } from '../dist/src/predictors/roofline/train.js';

const wanted = process.argv.slice(2);
for (const device of networkDevices) {
  if (wanted.length > 0 && !wanted.includes(device.name)) continue;
  const model = trainNetworkModel(device, await measuredNetworks(device));
  await saveNetworkModel(model);
  const { networks, kin, leftOut, baseline, interval } = model.card;
  console.log(device.name, { networks, kin: kin.length, leftOut, baseline, interval });
}
