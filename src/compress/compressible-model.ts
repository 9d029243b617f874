import { InputError } from '../base/errors.js';
import { encodeModel, type ModelProto } from '../onnx/proto.js';
import type { Architecture } from '../spaces/space.js';
import { Decomposition } from './factors.js';
import { lowRankModel } from './low-rank-model.js';
import type { Replacement } from './node-writer.js';
import { withProducts } from './products.js';
import { RankSpace } from './rank-space.js';
import { breakEven, findMatrices, type LeftAlone, type WeightMatrix } from './weight-matrices.js';

/** A matrix with a smaller break-even rank is left alone: there would be hardly anything to choose. */
const LEAST_RANK = 2;

/** A model whose matrices are decomposed once, so that it can be written with any ranks. */
export class CompressibleModel {
  readonly matrices: readonly WeightMatrix[];
  readonly leftAlone: readonly LeftAlone[];
  /** Floating-point constants of the whole model as it was given; matrices that are already factors count as such. */
  readonly parameters: number;
  readonly ranks: RankSpace;
  private readonly decompositions: (Decomposition | undefined)[];

  /**
   * @param model with its values inside
   * @param keepRecurrent why recurrent matrices stay as they are, so that layers remain nodes of their kind;
   *   if absent, they may be replaced
   * @param ranks by name, of matrices that are already products of factors: they are written and counted as
   *   factors
   * @throws InputError that says why each matrix is left alone, if there is none to compress
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

  /** Decomposes every matrix that has not been decomposed yet, so that models can then be written quickly. */
  async decompose(onProgress?: (done: number, all: number) => void): Promise<void> {
    for (const i of this.matrices.keys()) {
      this.decomposition(i);
      onProgress?.(i + 1, this.matrices.length);
      // Lets other work of the event loop run.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  decomposition(i: number): Decomposition {
    const { values, rows, columns } = this.matrices[i];
    const known = this.decompositions[i] ?? new Decomposition(values, rows, columns);
    this.decompositions[i] = known;
    return known;
  }

  /** The matrices, with factors of the chosen ranks. */
  replacements(architecture: Architecture): Replacement[] {
    return this.ranks.ranksOf(architecture).map((rank, i) => ({
      matrix: this.matrices[i],
      factors: rank === undefined ? undefined : this.decomposition(i).factors(rank),
    }));
  }

  /** The model with full-size matrices of the chosen ranks: its outputs are what the factors must compute. */
  withProducts(architecture: Architecture): Uint8Array {
    return encodeModel(withProducts(this.model, this.replacements(architecture)));
  }

  /** The model with the chosen ranks as an ONNX file. If all are dense, it is the original model. */
  onnx(architecture: Architecture): Uint8Array {
    return encodeModel(lowRankModel(this.model, this.replacements(architecture)));
  }
}
