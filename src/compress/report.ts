import { type Static, Type } from '#typebox';
import { isTrained, type TrainedTrial, type Trial } from '../search/trial.js';
import type { CompressibleModel } from './compressible-model.js';
import type { PreparedCompression } from './prepare.js';
import { breakEven } from './weight-matrices.js';

const CompressedMatrix = Type.Object({
  name: Type.String(),
  part: Type.String({ description: 'What it weighs' }),
  rows: Type.Integer(),
  columns: Type.Integer(),
  breakEven: Type.Integer({ description: 'Rank up to which two factors are smaller' }),
  rank: Type.Union([Type.Integer(), Type.Null()], { description: 'Of its factors; null: it stays dense' }),
  energy: Type.Number({ description: 'Share of the squared singular values that is kept' }),
});
export type CompressedMatrix = Static<typeof CompressedMatrix>;

const EvaluatedRanks = Type.Object({
  number: Type.Integer(),
  ranks: Type.String({ description: 'One for each matrix, in their order: `dense-24-12`' }),
  accuracy: Type.Number(),
  parameters: Type.Number({ description: 'Share of the parameters that are left' }),
  latencyMs: Type.Optional(Type.Number({ description: 'What its matrices save one by one, added up' })),
  withinLimits: Type.Boolean(),
});
export type EvaluatedRanks = Static<typeof EvaluatedRanks>;

/** The result of a search for ranks. */
export const CompressionReport = Type.Object({
  ranks: Type.String(),
  accuracy: Type.Number(),
  denseAccuracy: Type.Number(),
  parameters: Type.Number({ description: 'Share of the parameters that are left' }),
  denseParameters: Type.Integer({ description: 'Of the model as it was given' }),
  latencyMs: Type.Optional(
    Type.Number({ description: 'Of the model with these ranks, asked for as a whole' }),
  ),
  denseMs: Type.Optional(Type.Number()),
  matrices: Type.Array(CompressedMatrix),
  leftAlone: Type.Array(
    Type.Object({ name: Type.String(), elements: Type.Integer(), reason: Type.String() }),
    { description: 'Matrices that stay as they are, and why' },
  ),
  evaluated: Type.Array(EvaluatedRanks, { description: 'In the order in which they were proposed' }),
});
export type CompressionReport = Static<typeof CompressionReport>;

/** @param latency in ms of the best ranks and of the dense model, if a device is asked */
export function compressionReport(
  model: CompressibleModel,
  { pool }: PreparedCompression,
  best: TrainedTrial,
  trials: readonly Trial[],
  latency: Pick<CompressionReport, 'latencyMs' | 'denseMs'> = {},
): CompressionReport {
  const { goal, architectures, space } = pool;
  const { costs } = goal;
  const architecture = architectures[best.candidate];
  const ranks = model.ranks.ranksOf(architecture);
  return {
    ranks: space.format(architecture),
    accuracy: best.outcome.accuracy,
    denseAccuracy: goal.denseAccuracy ?? Number.NaN,
    parameters: costs.parameters(architecture),
    denseParameters: model.parameters,
    ...latency,
    matrices: model.matrices.map(({ name, part, rows, columns }, i) => ({
      name,
      part,
      rows,
      columns,
      breakEven: breakEven(rows, columns),
      rank: ranks[i] ?? null,
      energy: ranks[i] === undefined ? 1 : model.decomposition(i).energy(ranks[i]),
    })),
    leftAlone: [...model.leftAlone],
    evaluated: trials.filter(isTrained).map(({ number, candidate, outcome }) => {
      const own = architectures[candidate];
      const latencyMs = costs.latencyMs?.(own);
      return {
        number,
        ranks: space.format(own),
        accuracy: outcome.accuracy,
        parameters: costs.parameters(own),
        ...(latencyMs === undefined ? {} : { latencyMs }),
        withinLimits: goal.isWithin(own),
      };
    }),
  };
}
