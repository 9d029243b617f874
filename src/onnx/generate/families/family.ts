import type { NetworkWriter } from '../../write/network-writer.js';
import type { Draw } from './draw.js';

/** A family of networks: one kind of architecture in many sizes. */
export interface NetworkFamily {
  readonly name: string;
  /** Writes one network, input to output, of sizes drawn at random. */
  write(net: NetworkWriter, draw: Draw): void;
}
