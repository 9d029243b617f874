import { InputError } from '../base/errors.js';
import { encodeModel, type ModelProto } from '../onnx/proto.js';
import type { Architecture } from '../spaces/space.js';
import { Decomposition } from './factors.js';
import { lowRankModel } from './low-rank-model.js';
import type { Replacement } from './node-writer.js';
import { withProducts } from './products.js';
import { RankSpace } from './rank-space.js';
import { breakEven, findMatrices, type LeftAlone, type WeightMatrix } from './weight-matrices.js';

/** A matrix with fewer ranks below the break-even one is hardly a choice. */
const LEAST_RANK = 2;

/** A model whose matrices are decomposed once, and which can be written with any ranks. */
export class CompressibleModel {
  readonly matrices: readonly WeightMatrix[];
  readonly leftAlone: readonly LeftAlone[];
  /** Floating-point constants of the whole model, matrices being of the ranks that they have already. */
  readonly parameters: number;
  readonly ranks: RankSpace;
  private readonly decompositions: (Decomposition | undefined)[];

  /**
   * @param model with its values inside
   * @param keepRecurrent why recurrent matrices stay as they are, so that layers stay nodes of their kind; they may go, if absent
   * @param ranks of matrices that are products of factors already, by name: they are written as factors and counted as such
   * @throws InputError saying why each matrix is left alone, if there is none to compress
   */
  constructor(
    private readonly model: ModelProto,
    keepRecurrent?: string,
    ranks: ReadonlyMap<string, number> = new Map(),
  ) {
    const { matrices: found, leftAlone, parameters } = findMatrices(model);
    const matrices = found.map((matrix) => ({ ...matrix, rank: ranks.get(matrix.name) }));
    const reasonToStay = ({ part, rows, columns }: WeightMatrix) => {
      if (part === 'recurrent' && keepRecurrent !== undefined) return keepRecurrent;
      return breakEven(rows, columns) < LEAST_RANK ? 'no factors are smaller' : undefined;
    };
    this.matrices = matrices.filter((matrix) => reasonToStay(matrix) === undefined);
    this.leftAlone = [
      ...leftAlone,
      ...matrices.flatMap((matrix) => {
        const reason = reasonToStay(matrix);
        return reason === undefined ? [] : [{ name: matrix.name, elements: matrix.values.length, reason }];
      }),
    ];
    if (this.matrices.length === 0) {
      const reasons = leftAlone.slice(0, 3).map(({ name, reason }) => `${name} stays since ${reason}`);
      throw new InputError(
        ['it has no matrix of an LSTM, GRU, MatMul or Gemm that factors could stand for', ...reasons].join(
          '; ',
        ),
      );
    }
    this.ranks = new RankSpace(this.matrices);
    const whole = this.matrices.reduce((sum, { values }) => sum + values.length, 0);
    this.parameters = parameters - whole + this.ranks.space.macs(this.ranks.dense);
    this.decompositions = this.matrices.map(() => undefined);
  }

  /** Decomposes every matrix that is not yet, so that models are written quickly. */
  async decompose(onProgress?: (done: number, all: number) => void): Promise<void> {
    for (const i of this.matrices.keys()) {
      this.decomposition(i);
      onProgress?.(i + 1, this.matrices.length);
      // Whoever waits beside it gets a turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  decomposition(i: number): Decomposition {
    const { values, rows, columns } = this.matrices[i];
    const known = this.decompositions[i] ?? new Decomposition(values, rows, columns);
    this.decompositions[i] = known;
    return known;
  }

  /** The matrices with the factors of their ranks. */
  replacements(architecture: Architecture): Replacement[] {
    return this.ranks.ranksOf(architecture).map((rank, i) => ({
      matrix: this.matrices[i],
      factors: rank === undefined ? undefined : this.decomposition(i).factors(rank),
    }));
  }

  /** The model with matrices of their whole size that have these ranks: what its factors must compute. */
  withProducts(architecture: Architecture): Uint8Array {
    return encodeModel(withProducts(this.model, this.replacements(architecture)));
  }

  /** The model of some ranks as an ONNX file; without any it is the model as it was. */
  onnx(architecture: Architecture): Uint8Array {
    return encodeModel(lowRankModel(this.model, this.replacements(architecture)));
  }
}
