import type { Command } from 'commander';
import { InputError } from '../src/base/errors.js';
import { listNetworks } from '../src/datasets/published-networks.js';
import { networkDevices } from '../src/predictors/roofline/devices.js';
import { loadNetworkModel } from '../src/predictors/roofline/saved.js';
import { searchZoo } from '../src/predictors/roofline/zoo-search.js';
import { integer, nonNegative } from './options.js';
import { plainTable } from './table.js';

interface NetworksFlags {
  device?: string;
  maxLatency?: number;
  batch?: number;
  family?: string;
  json?: boolean;
}

/** `tempograph networks`: the published networks known by name, and the best of them under a latency limit. */
export function registerNetworks(command: Command): void {
  command
    .option('--family <text>', 'list only families whose name contains this')
    .option(
      '--device <name>',
      `instead: list the frontier of latency and accuracy on this device: ${networkDevices.map(({ name }) => name).join(', ')}`,
    )
    .option(
      '--max-latency <ms>',
      'limit in milliseconds per image, on the upper end of the prediction',
      nonNegative('max-latency'),
    )
    .option(
      '--batch <images>',
      'images per call (default: the batch size that was measured)',
      integer('batch', 1),
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
The graphs are built from the published configurations; parameters and GMACs equal those in timm's tables.
Accuracies are timm's on ImageNet (top-1, best published weights at each image size).

Examples:
  $ tempograph networks --family resnet
  $ tempograph networks --device rtx4090 --max-latency 0.2
  $ tempograph networks --device i7_12700h --max-latency 20 --json
  $ tempograph predict --device rtx4090 --network resnet50`,
    )
    .action(runNetworks);
}

async function runNetworks(flags: NetworksFlags): Promise<void> {
  if (flags.device !== undefined) return search(flags.device, flags);
  if (flags.maxLatency !== undefined || flags.batch !== undefined) {
    throw new InputError('needs a --device', {
      field: flags.batch === undefined ? '--max-latency' : '--batch',
    });
  }
  const wanted = flags.family?.toLowerCase() ?? '';
  const networks = (await listNetworks()).filter(({ family }) => family.toLowerCase().includes(wanted));
  if (networks.length === 0) {
    throw new InputError(`no family's name contains ${JSON.stringify(flags.family)}`, { field: '--family' });
  }
  if (flags.json) {
    console.log(JSON.stringify(networks, null, 2));
    return;
  }
  const table = plainTable(['network', 'family', 'image', 'parameters, M', 'GMACs']);
  for (const { name, family, imageSize, parametersM, gmacs } of networks)
    table.push([name, family, imageSize ?? '', parametersM.toFixed(2), gmacs.toFixed(2)]);
  console.log(table.toString());
  console.log(
    `${networks.length} networks in ${new Set(networks.map(({ family }) => family)).size} families`,
  );
}

async function search(name: string, { batch, maxLatency, json }: NetworksFlags): Promise<void> {
  const model = await loadNetworkModel(name);
  const front = await searchZoo(model, { batch, limitMs: maxLatency });
  if (json) {
    console.log(JSON.stringify(front, null, 2));
    return;
  }
  if (front.length === 0) {
    console.log(`no published network stays within ${maxLatency} ms per image`);
    return;
  }
  const table = plainTable(['network', 'weights', 'image', 'top-1, %', 'ms per image', 'at most (90 %)']);
  for (const { network, weights, imageSize, top1, msPerImage, highMsPerImage } of front)
    table.push([
      network,
      weights,
      imageSize,
      top1.toFixed(2),
      msPerImage.toPrecision(3),
      highMsPerImage.toPrecision(3),
    ]);
  console.log(table.toString());
  console.log(
    `${model.card.description}; batch ${batch ?? model.device.usualBatch}; predicted, not measured`,
  );
}
