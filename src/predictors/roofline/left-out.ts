import { timmNetworks } from '../../datasets/timm-tables.js';
import { publishedFamilies, publishedNetwork } from '../../network/zoo/index.js';
import type { TimedNetwork } from '../kernels/timed-network.js';
import { kernelsOn, type NetworkDevice } from './devices.js';
import { fitRoofline } from './fit.js';
import { ORDINARY } from './parameters.js';
import { type Roofline, rooflineTimes } from './roofline.js';

/** A published network that was measured on a device, lowered to the kernels that it ran. */
export interface MeasuredNetwork extends TimedNetwork {
  readonly network: string;
  readonly imageSize: number;
  readonly batch: number;
  /** Of the whole batch. */
  readonly totalUs: number;
  /** GMACs and millions of activations for the whole batch, and millions of parameters. */
  readonly totals: readonly [gmacs: number, activations: number, parameters: number];
}

/**
 * Kin that were added to the zoo after the predictor was finished: they influenced no choice, and shipped
 * predictors were not trained on them.
 */
const SEALED: ReadonlySet<string> = new Set(['resnest', 'pvt', 'rexnet', 'resnetV2', 'sknet']);

/**
 * Networks of timm's table that ran on a device, with those of sealed kin separate. The family of a network
 * is its kin.
 */
export async function measuredNetworks(
  device: NetworkDevice,
  which: 'open' | 'sealed' = 'open',
): Promise<MeasuredNetwork[]> {
  const kin = new Map(
    publishedFamilies.flatMap(({ kin, networks }) => Object.keys(networks).map((name) => [name, kin])),
  );
  return (await timmNetworks()).flatMap(({ network, imageSize, times, parametersM, gmacs, activationsM }) => {
    const time = times[device.name];
    if (time === undefined || SEALED.has(kin.get(network) as string) !== (which === 'sealed')) return [];
    return {
      name: `${network}@${imageSize}`,
      family: kin.get(network) as string,
      network,
      imageSize,
      batch: time.batch,
      totalUs: time.ms * 1000,
      kernels: kernelsOn(device, publishedNetwork(network, imageSize), time.batch),
      totals: [gmacs * time.batch, activationsM * time.batch, parametersM],
    };
  });
}

export const totalUsOf = (roofline: Roofline, network: Pick<TimedNetwork, 'kernels'>): number =>
  rooflineTimes(roofline, network.kernels).reduce((sum, { us, count }) => sum + us * count, 0);

/**
 * `[network]`, in microseconds: each predicted by a model without any of its kin.
 *
 * @param done called after each kin
 */
export function predictLeftOut(
  networks: readonly MeasuredNetwork[],
  device: NetworkDevice,
  done: (kin: string) => void = () => {},
): Float64Array {
  const predicted = new Float64Array(networks.length);
  for (const kin of new Set(networks.map(({ family }) => family))) {
    const roofline = fitRoofline(
      networks.filter(({ family }) => family !== kin),
      ORDINARY[device.runtime.device],
    );
    for (const [i, network] of networks.entries())
      if (network.family === kin) predicted[i] = totalUsOf(roofline, network);
    done(kin);
  }
  return predicted;
}
