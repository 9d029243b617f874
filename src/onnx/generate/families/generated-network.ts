import { NetworkWriter } from '../../write/network-writer.js';
import type { WeightValues } from '../../write/random-weights.js';
import { Draw } from './draw.js';
import type { NetworkFamily } from './family.js';

/** A network that is generated from its name alone when needed. */
export interface GeneratedNetwork {
  /** The family of networks that share its structure; `probes` for those that share none. */
  readonly family: string;
  readonly name: string;
  /** The bytes of its ONNX file, identical each time. */
  model(weights?: WeightValues): Uint8Array;
}

/** Range of multiply-accumulates for the networks of a family: about 0.1 to 25 ms on one core of a server. */
const LEAST_MACS = 3e6;
const MOST_MACS = 1.4e9;

/** Network `number` of a family: the first of its draws that is neither too small nor too large. */
export function familyNetwork(family: NetworkFamily, number: number): GeneratedNetwork {
  const name = `${family.name}_${number}`;
  const written = (draw: number, weights: WeightValues): NetworkWriter => {
    const net = new NetworkWriter(number, weights);
    family.write(net, new Draw(`${name}/${draw}`));
    return net;
  };
  let draw = 0;
  for (let { macs } = written(draw, 'none'); macs < LEAST_MACS || macs > MOST_MACS; )
    macs = written(++draw, 'none').macs;
  const metadata = { family: family.name, number: String(number) };
  return { family: family.name, name, model: (weights = 'random') => written(draw, weights).model(metadata) };
}
