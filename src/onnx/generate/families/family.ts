import type { NetworkWriter } from '../../write/network-writer.js';
import type { Draw } from './draw.js';

/** A family of networks: one kind of architecture in many sizes. */
export interface NetworkFamily {
  readonly name: string;
  /** Writes one network, from input to output, with random sizes. */
  write(net: NetworkWriter, draw: Draw): void;
}
