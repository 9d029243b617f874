import { type Static, Type } from '#typebox';
import { Calibration } from '../intervals/calibration.js';
import { KeptPositions } from '../intervals/quantiles.js';

const Scores = Type.Object(
  {
    networks: Type.Integer(),
    mape: Type.Number(),
    medianError: Type.Number(),
    within10: Type.Number(),
    within20: Type.Number(),
    spearman: Type.Number(),
  },
  { description: 'Of networks predicted without any of their family' },
);

/** `card.json` beside a `kernels.json`: what the predictor was learned from, and how far to trust it. */
export const KernelsCard = Type.Object({
  format: Type.Literal('tempograph-kernels/1'),
  device: Type.String({ description: 'Identifier used in queries' }),
  description: Type.String({ description: 'The device in words' }),
  runtime: Type.String({ description: 'Whose kernels they are' }),
  level: Type.String({ description: 'Of the runtime’s graph optimisations' }),
  /** First 12 hexadecimal digits of the SHA-256 of `kernels.json`. */
  version: Type.String(),
  data: Type.Object({
    name: Type.String(),
    source: Type.String(),
    licence: Type.String(),
    sha256: Type.String({ description: 'Of the data file as read' }),
    networks: Type.Integer(),
    profiled: Type.Integer({ description: 'Networks with the times of their kernels' }),
    families: Type.Record(Type.String(), Type.Integer()),
    probes: Type.Union([Type.String(), Type.Null()], { description: 'Version of the probe set' }),
    noise: Type.Union([Type.Object({ mape: Type.Number(), within10: Type.Number() }), Type.Null()], {
      description: 'One pass of the measurement against the others',
    }),
  }),
  source: Type.Optional(
    Type.Object(
      { device: Type.String(), version: Type.String() },
      { description: 'The device from whose kernels it was learned' },
    ),
  ),
  kinds: Type.Record(Type.String(), Type.Integer(), { description: 'Distinct kernels measured, by kind' }),
  latencyMs: Type.Object({ least: Type.Number(), greatest: Type.Number() }),
  interval: Type.Union([
    Type.Object({
      level: Type.Number({ description: 'Share of new families’ networks inside their interval' }),
      multiple: Type.Number({ description: 'Of the error’s scale in log space, for familiar networks' }),
      unfamiliarMultiple: Type.Number({ description: 'For all others; no less' }),
      quantiles: Type.Optional(KeptPositions),
      calibration: Type.Optional(Calibration),
      coverage: Type.Union([Type.Number(), Type.Null()], {
        description: 'Of familiar networks of families whose intervals the others calibrated',
      }),
      width: Type.Union([Type.Number(), Type.Null()], {
        description: 'Of those, as a share of the prediction',
      }),
    }),
    Type.Null(),
  ]),
  scores: Type.Object({
    familiar: Type.Union([Scores, Type.Null()]),
    unfamiliar: Type.Union([Scores, Type.Null()]),
  }),
  versions: Type.Record(Type.String(), Type.String()),
  createdAt: Type.String({ format: 'date-time' }),
});
export type KernelsCard = Static<typeof KernelsCard>;
