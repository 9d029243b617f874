import { timmNetworks } from '../src/datasets/timm-tables.js';
import { publishedNetwork, zoo } from '../src/network/zoo/index.js';
import { type NetworkPrediction, predictNetwork, sharesByKind } from '../src/predictors/roofline/predict.js';
import { loadNetworkModel } from '../src/predictors/roofline/saved.js';
import { percent } from './percent.js';
import { plainTable } from './table.js';

export interface PredictNetworkFlags {
  readonly device: string;
  readonly network: string;
  readonly imageSize?: number;
  readonly batch?: number;
  readonly json?: boolean;
}

/** `tempograph predict --network`: a published network on a device whose networks were measured. */
export async function runPredictNetwork(flags: PredictNetworkFlags): Promise<void> {
  const model = await loadNetworkModel(flags.device);
  const graph = publishedNetwork(flags.network, flags.imageSize);
  const prediction = predictNetwork(model, graph, flags.batch);
  const imageSize = flags.imageSize ?? zoo[flags.network].imageSize;
  const measuredMs = await measured(flags.network, imageSize, prediction);
  const shares = sharesByKind(prediction);
  if (flags.json) {
    const { kernels: _, ...rest } = prediction;
    console.log(JSON.stringify({ network: flags.network, imageSize, ...rest, measuredMs, shares }, null, 2));
    return;
  }
  const { latencyMs, lowMs, highMs, batch, unfamiliar } = prediction;
  const size = imageSize === undefined ? '' : `, ${imageSize} × ${imageSize}`;
  console.log(`${flags.network}${size}, batch ${batch}, on ${flags.device}`);
  console.log(
    `${latencyMs.toPrecision(4)} ms (90 % lie between ${lowMs.toPrecision(3)} and ${highMs.toPrecision(3)}), ${((batch / latencyMs) * 1000).toPrecision(4)} images/s`,
  );
  if (measuredMs !== undefined)
    console.log(`measured by timm: ${measuredMs.toPrecision(4)} ms; it was learned from`);
  for (const what of unfamiliar) console.log(`(!) extrapolated: ${what}`);
  const table = plainTable(['kernels', 'calls', 'ms', 'share']);
  for (const { kind, calls, ms, share } of shares.slice(0, 8))
    table.push([kind, calls, ms.toPrecision(3), percent(share)]);
  console.log(table.toString());
  const { description, leftOut, kin, networks } = model.card;
  console.log(
    `${description}; learned from ${networks} networks; error over ${kin.length} left-out kinds of network: ${percent(leftOut.mape)}`,
  );
}

async function measured(
  network: string,
  imageSize: number | undefined,
  { device, batch }: NetworkPrediction,
) {
  const row = (await timmNetworks()).find((one) => one.network === network && one.imageSize === imageSize);
  const time = row?.times[device];
  return time?.batch === batch ? time.ms : undefined;
}
