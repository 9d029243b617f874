import { type Static, Type } from '#typebox';
import { ModelCard } from '../src/predictors/saved/card.js';
import { maybe } from './maybe.js';
import { DeviceClaims, StoredDeviceParams } from './measurements.js';
import { Text } from './text.js';

const Candidate = Type.Object({
  id: Type.String({ format: 'uuid', description: 'Send it with the measurement' }),
  architecture: Type.String(),
});

const Worker = Text({
  minLength: 1,
  maxLength: 200,
  description: 'Name that the worker has chosen for itself',
});

export const CandidatesBody = Type.Object(
  {
    ...DeviceClaims,
    architectures: Type.Array(Type.String({ maxLength: 2000 }), { minItems: 1, maxItems: 10_000 }),
  },
  { additionalProperties: false },
);
export type CandidatesBody = Static<typeof CandidatesBody>;

export const CandidatesAnswer = Type.Object({
  device: Type.String(),
  queued: Type.Array(Candidate, {
    description: 'New candidates; an architecture that is already waiting is not queued again',
  }),
  waiting: Type.Array(Candidate, {
    description: 'Candidates that were already waiting, or are being measured',
  }),
});
export type CandidatesAnswer = Static<typeof CandidatesAnswer>;

export const CandidateCounts = Type.Object({
  device: Type.String(),
  queued: Type.Integer(),
  leased: Type.Integer({ description: 'Being measured by a worker' }),
  measured: Type.Integer(),
  failed: Type.Integer({ description: 'Abandoned after several failures' }),
});
export type CandidateCounts = Static<typeof CandidateCounts>;

export const ClaimBody = Type.Object(
  {
    worker: Worker,
    count: Type.Integer({ minimum: 0, maximum: 1000 }),
    holding: Type.Optional(
      Type.Array(Type.String({ format: 'uuid' }), {
        maxItems: 1000,
        description: 'Identifiers of networks the worker is still measuring; their leases are renewed',
      }),
    ),
    leaseSeconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 86_400,
        default: 600,
        description: 'Seconds after which networks not yet measured are offered to others',
      }),
    ),
  },
  { additionalProperties: false },
);
export type ClaimBody = Static<typeof ClaimBody>;

export const ClaimAnswer = Type.Object({
  space: Type.String(),
  deadOperations: ModelCard.properties.deadOperations,
  candidates: Type.Array(Candidate, { description: 'Empty if nothing is waiting' }),
  leaseSeconds: Type.Integer(),
});
export type ClaimAnswer = Static<typeof ClaimAnswer>;

export const CandidateParams = Type.Object({
  ...StoredDeviceParams.properties,
  candidate: Type.String({ format: 'uuid' }),
});

export const CandidateAnswer = Type.Object({
  ...Candidate.properties,
  state: Type.Union(
    [Type.Literal('queued'), Type.Literal('leased'), Type.Literal('measured'), Type.Literal('failed')],
    { description: 'leased: a worker is measuring it; failed: abandoned after several failures' },
  ),
  worker: maybe(Type.String(), 'Worker that has it, or had it last'),
  failures: Type.Integer(),
  reason: maybe(Type.String(), 'Why the last attempt to measure it failed'),
  measurements: Type.Array(
    Type.Object({
      metric: Type.String(),
      unit: Type.String(),
      value: Type.Number({ description: 'In the unit; the median if there are several' }),
    }),
    { description: 'Measurements of this candidate, by metric' },
  ),
});
export type CandidateAnswer = Static<typeof CandidateAnswer>;
export const FailureBody = Type.Object(
  { worker: Worker, reason: Text({ minLength: 1, maxLength: 2000 }) },
  { additionalProperties: false },
);

export const FailureAnswer = Type.Object({
  id: Type.String(),
  state: Type.Union([Type.Literal('queued'), Type.Literal('failed')], {
    description: 'queued: it will be offered again',
  }),
});
export type FailureAnswer = Static<typeof FailureAnswer>;
