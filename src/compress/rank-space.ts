import { InputError, quote } from '../base/errors.js';
import { OperatorGraph } from '../network/graph.js';
import { encodePredictorGraph, predictorGraph } from '../spaces/predictor-graph.js';
import { neighboursOf, rankOf, sampleSlots, unnumbered, unranked } from '../spaces/slots.js';
import type { Architecture, SearchSpace } from '../spaces/space.js';
import { breakEven, type WeightMatrix } from './weight-matrices.js';

/** The facts about a matrix that choosing its rank needs. */
export type RankedMatrix = Pick<WeightMatrix, 'name' | 'rows' | 'columns' | 'rank'>;

/** The ranks to choose from, as shares of the break-even rank. */
const SHARES = [3 / 4, 1 / 2, 3 / 8, 1 / 4, 1 / 6, 1 / 8, 1 / 16];
const DENSE = 'dense';
const SEPARATOR = '-';

/**
 * The space of a model's ranks. Each matrix is a slot: it stays dense, or becomes factors of a rank below the
 * break-even one. A matrix that is already a product of factors keeps its rank, or gets a lower one. An
 * architecture is written `dense-24-12`, in the order of the matrices.
 */
export class RankSpace {
  readonly space: SearchSpace;
  /** `[matrix][option]`, in descending order; undefined means dense, which only the first option can be. */
  readonly ranks: readonly (readonly (number | undefined)[])[];

  /** @throws InputError if there is no matrix */
  constructor(readonly matrices: readonly RankedMatrix[]) {
    if (matrices.length === 0) throw new InputError('there is no matrix whose rank could be chosen');
    this.ranks = matrices.map(({ rows, columns, rank: most = Infinity, rank }) => [
      rank,
      ...rankOptions(rows, columns).filter((option) => option < most),
    ]);
    this.space = this.searchSpace();
  }

  /** The architecture that leaves every matrix as it is: dense, or of the rank that it already has. */
  get dense(): Architecture {
    return new Uint8Array(this.matrices.length);
  }

  /** The rank of each matrix; undefined means dense. */
  ranksOf(architecture: Architecture): (number | undefined)[] {
    return this.ranks.map((options, i) => options[architecture[i]]);
  }

  /** Number of values in a matrix with an option. */
  elements(matrix: number, option: number): number {
    const { rows, columns } = this.matrices[matrix];
    const rank = this.ranks[matrix][option];
    return rank === undefined ? rows * columns : rank * (rows + columns);
  }

  private searchSpace(): SearchSpace {
    const { matrices } = this;
    const slots = matrices.map(({ name }, i) => ({
      name,
      options: this.ranks[i].map((rank) => (rank === undefined ? DENSE : String(rank))),
    }));
    const name = 'ranks';
    const size = slots.reduce((product, { options }) => product * options.length, 1);
    const format = (architecture: Architecture) =>
      slots.map(({ options }, i) => options[architecture[i]]).join(SEPARATOR);
    const unitsOf = (architecture: Architecture) =>
      slots.map((slot, i) => `${slot.name}=${slot.options[architecture[i]]}`);
    const macs = (architecture: Architecture) =>
      matrices.reduce((sum, _, i) => sum + this.elements(i, architecture[i]), 0);
    const graph = { nodes: matrices.length, features: ['exists', 'share'] };
    const toPredictorGraph = (architecture: Architecture) =>
      predictorGraph(
        slots.map((slot, i) => {
          const share = this.elements(i, architecture[i]) / this.elements(i, 0);
          return [slot.name, { kind: 'matrix', alive: true, features: { share } }] as const;
        }),
        slots.slice(1).map((slot, i) => [slots[i].name, slot.name] as const),
      );
    return {
      name,
      description: 'ranks of the matrices of a model',
      slots,
      ...(size <= Number.MAX_SAFE_INTEGER
        ? {
            size,
            indexOf: (architecture: Architecture) => rankOf(slots, architecture),
            at: (index: number) => architectureAt(index),
          }
        : unnumbered(name, size)),
      graph,
      architectureColumns: ['ranks'],
      example: format(Uint8Array.from(slots, ({ options }) => options.length - 1)),
      parse: (text) => parsed(text),
      format,
      sample: (random) => sampleSlots(slots, random),
      neighbours: (architecture) => neighboursOf(slots, architecture),
      classOf: format,
      isConnected: () => true,
      prune: (architecture) => architecture,
      units: unitsOf,
      unitNames: slots.flatMap((slot) => slot.options.map((option) => `${slot.name}=${option}`)),
      macs,
      encode: (architecture, features, adjacency, row) =>
        encodePredictorGraph(toPredictorGraph(architecture), graph, features, adjacency, row),
      toPredictorGraph,
      toNetwork: (architecture) => this.products(architecture),
    };

    function architectureAt(index: number): Architecture {
      if (Number.isInteger(index) && index >= 0 && index < size) return unranked(slots, index);
      throw new InputError(`there is no architecture ${quote(index)}; they go from 0 to ${size - 1}`);
    }

    function parsed(text: string): Architecture {
      const words = text.split(SEPARATOR);
      if (words.length !== slots.length) {
        throw new InputError(
          `${quote(text, 160)} has ${words.length} ranks; the model has ${slots.length} matrices`,
        );
      }
      return Uint8Array.from(words, (word, i) => {
        const option = slots[i].options.indexOf(word);
        if (option >= 0) return option;
        throw new InputError(
          `${quote(word)} is no rank of ${slots[i].name}; it has ${slots[i].options.join(', ')}`,
        );
      });
    }
  }

  /** A network with one product per matrix. */
  private products(architecture: Architecture): OperatorGraph {
    const network = new OperatorGraph();
    for (const [i, { rows, columns }] of this.matrices.entries()) {
      const rank = this.ranks[i][architecture[i]];
      let value = network.input([rows]);
      for (const outFeatures of rank === undefined ? [columns] : [rank, columns]) {
        value = network.add({ kind: 'linear', outFeatures, bias: false }, [value]);
      }
      network.output(value);
    }
    return network;
  }
}

function rankOptions(rows: number, columns: number): number[] {
  const most = breakEven(rows, columns);
  const ranks = SHARES.map((share) => Math.max(1, Math.round(share * most)));
  return [...new Set(ranks)];
}
