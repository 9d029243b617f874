import { InputError, quote } from '../../base/errors.js';
import {
  CONFIGURATIONS,
  type CodesignConfiguration,
  configurationAt,
  configurationIndex,
  configurationSlots,
  formatConfiguration,
  parseConfiguration,
} from '../../devices/codesign/configuration.js';
import { neighboursOf, rankOf, sampleSlots, unnumbered, unranked } from '../../spaces/slots.js';
import type { Architecture, SearchSpace } from '../../spaces/space.js';

const SEPARATOR = '@';

/**
 * The space of pairs of a network and an accelerator: the network's slots, followed by the accelerator's. A
 * pair is written `<network>@<accelerator>`. Its class, graph and encoding are those of its network.
 */
export class PairSpace {
  /** Number of a pair's slots that belong to its network. */
  readonly networkSlots: number;
  readonly space: SearchSpace;

  constructor(readonly networks: SearchSpace) {
    this.networkSlots = networks.slots.length;
    const network = (pair: Architecture) => this.networkOf(pair);
    const slots = [...networks.slots, ...configurationSlots];
    const name = `${networks.name}×codesign`;
    this.space = {
      ...networks,
      ...unnumbered(name, networks.size * CONFIGURATIONS),
      name,
      description: `Pairs of a network and a codesign accelerator; the networks: ${networks.description}`,
      slots,
      architectureColumns: [],
      joinedColumns: undefined,
      example: `${networks.example}${SEPARATOR}${formatConfiguration(configurationAt(0))}`,
      parse: (text) => this.parse(text),
      format: (pair) =>
        `${networks.format(network(pair))}${SEPARATOR}${formatConfiguration(this.configurationOf(pair))}`,
      sample: (random) => this.join(networks.sample(random), sampleSlots(configurationSlots, random)),
      neighbours: (pair) => [
        ...networks.neighbours(network(pair)).map((other) => this.join(other, this.acceleratorOf(pair))),
        ...neighboursOf(configurationSlots, this.acceleratorOf(pair)).map((a) => this.join(network(pair), a)),
      ],
      classOf: (pair) => `${networks.classOf(network(pair))}${SEPARATOR}${this.acceleratorOf(pair).join()}`,
      isConnected: (pair) => networks.isConnected(network(pair)),
      prune: (pair) => this.join(networks.prune(network(pair)), this.acceleratorOf(pair)),
      units: (pair) => networks.units(network(pair)),
      macs: (pair) => networks.macs(network(pair)),
      encode: (pair, ...into) => networks.encode(network(pair), ...into),
      toPredictorGraph: (pair) => networks.toPredictorGraph(network(pair)),
      toNetwork: (pair) => networks.toNetwork(network(pair)),
    };
  }

  networkOf(pair: Architecture): Architecture {
    return pair.slice(0, this.networkSlots);
  }

  /** The accelerator's part: an option for each of its choices. */
  acceleratorOf(pair: Architecture): Architecture {
    return pair.slice(this.networkSlots);
  }

  configurationOf(pair: Architecture): CodesignConfiguration {
    return configurationAt(rankOf(configurationSlots, this.acceleratorOf(pair)));
  }

  join(network: Architecture, accelerator: Architecture): Architecture {
    return Uint8Array.of(...network, ...accelerator);
  }

  /** The accelerator's part of a pair for a configuration. */
  partOf(configuration: CodesignConfiguration): Architecture {
    return unranked(configurationSlots, configurationIndex(configuration));
  }

  private parse(text: string): Architecture {
    const at = text.lastIndexOf(SEPARATOR);
    if (at < 0) {
      throw new InputError(`${quote(text, 160)} has no accelerator; a pair looks like ${this.space.example}`);
    }
    const configuration = parseConfiguration(text.slice(at + 1));
    return this.join(this.networks.parse(text.slice(0, at)), this.partOf(configuration));
  }
}
