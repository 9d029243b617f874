import { type Static, Type } from '#typebox';
import { EMULATOR_FORMAT } from '../predictors/saved/saved.js';

export const EmulatorInput = Type.Object({
  name: Type.String(),
  low: Type.Number({ description: 'Least value that was run' }),
  high: Type.Number({ description: 'Largest value that was run' }),
  log: Type.Optional(Type.Boolean({ description: 'Seen as a logarithm' })),
  whole: Type.Optional(Type.Boolean({ description: 'Takes whole numbers only' })),
  unit: Type.Optional(Type.String()),
});

export const EmulatorOutput = Type.Object({
  name: Type.String(),
  points: Type.Optional(Type.Integer({ minimum: 2, description: 'Of a curve; absent of a number' })),
  log: Type.Optional(Type.Boolean({ description: 'Positive, learned as a logarithm' })),
  unit: Type.Optional(Type.String()),
  axis: Type.Optional(
    Type.Object(
      { name: Type.String(), from: Type.Number(), to: Type.Number() },
      { description: 'What the points of a curve are along' },
    ),
  ),
});

const EmulatorScore = Type.Object({
  output: Type.String(),
  error: Type.Number({
    description:
      'Root mean square error of new runs over their standard deviation, of logarithms where those are learned: out-of-fold, less what the mean over fits gains',
  }),
  errorOfOne: Type.Number({ description: 'The same of a single fit, out-of-fold' }),
  spearman: Type.Number({
    description:
      'Rank correlation of spread and error over out-of-fold runs; 0 where all have the same spread, as with a fixed architecture',
  }),
  factor: Type.Number({ description: 'Half-width of the 90 % intervals over spread and its floor' }),
});

/** `card.json` beside an emulator's `model.onnx`: everything needed to use it, to trust it and to make it again. */
export const EmulatorCard = Type.Object({
  format: Type.Literal(EMULATOR_FORMAT),
  name: Type.String({ description: 'Identifier used in queries' }),
  description: Type.String(),
  version: Type.String({ description: 'First 12 hexadecimal digits of the SHA-256 of model.onnx' }),
  inputs: Type.Array(EmulatorInput, { minItems: 1 }),
  outputs: Type.Array(EmulatorOutput, { minItems: 1 }),
  data: Type.Object({
    source: Type.String({ description: 'File, command or built-in simulator' }),
    sha256: Type.String({ description: 'Of runs.csv beside it' }),
    runs: Type.Integer(),
    failed: Type.Integer({ description: 'Runs that gave no answer' }),
  }),
  level: Type.Number({ description: 'Share of new runs inside their interval, 0 to 1' }),
  scores: Type.Array(EmulatorScore, { description: 'By output' }),
  architecture: Type.Object(
    {
      operations: Type.Array(Type.String()),
      probabilities: Type.Array(Type.Array(Type.Number()), {
        description: '[block][operation], mean over fits',
      }),
      networks: Type.Integer({ description: 'Networks whose mean and spread are answered' }),
    },
    { description: 'What the search found; of a fixed architecture, what it is' },
  ),
  seed: Type.Integer(),
  options: Type.Record(Type.String(), Type.Unknown()),
  versions: Type.Record(Type.String(), Type.String()),
  createdAt: Type.String({ format: 'date-time' }),
});
export type EmulatorCard = Static<typeof EmulatorCard>;
