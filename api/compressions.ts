import { type Static, Type } from '#typebox';
import { CompressionReport } from '../src/compress/report.js';
import { rankKinds } from '../src/compress/strategies.js';
import { asked } from './accelerators.js';
import { JobStateName } from './jobs.js';
import { maybe } from './maybe.js';
import { TimeLimit } from './time-limit.js';
import { WholeNumber } from './whole-number.js';

/** Most choices of ranks that one job may evaluate. */
const MOST_EVALUATED = 5000;

/** Judged by the weights alone, losses add up, so lowering each matrix alone tells everything. */
export const DEFAULT_STRATEGY = 'greedy';

const ofCompression = {
  name: Type.String({
    pattern: '^[A-Za-z0-9][\\w.-]{0,99}$',
    description: 'A name for people, also used for the downloaded file',
  }),
  maxParameters: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      description: 'Largest share of the model’s parameters to keep',
    }),
  ),
  maxLatencyMs: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      maximum: 1e9,
      description: 'Limit of the predicted latency on `device`',
    }),
  ),
  maxLoss: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 100,
      description:
        'Instead: percentage points of accuracy that may be lost; the smallest such model is searched for',
    }),
  ),
  device: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description:
        'Device with learned kernels, see `GET /v1/networks/devices`; recurrent matrices then stay dense, because no predictor knows a `Scan`',
    }),
  ),
  sizes: asked.sizes,
  strategy: Type.Optional(
    Type.Enum(
      rankKinds.map(({ name }) => name),
      { default: DEFAULT_STRATEGY },
    ),
  ),
  options: Type.Optional(
    Type.Record(Type.String(), Type.Union([Type.Number(), Type.String(), Type.Boolean()]), {
      description: 'Options of the strategy that differ from its defaults',
    }),
  ),
  budget: Type.Optional(
    Type.Integer({
      minimum: 2,
      maximum: MOST_EVALUATED,
      description:
        'Choices of ranks to evaluate, including the dense model; by default, eight for each matrix and a hundred more',
    }),
  ),
  seed: Type.Optional(WholeNumber({ default: 1, description: 'Seed of all random choices' })),
  timeLimitSeconds: TimeLimit('compress'),
};

const OfFile = Type.Object(
  {
    ...ofCompression,
    onnx: Type.String({
      pattern: '^[A-Za-z0-9+/]+={0,2}$',
      description: 'Model file in base64, with the values of its weights; it is read but never run',
    }),
  },
  {
    additionalProperties: false,
    description:
      'For a file: accuracy is the share of the squared singular values that its matrices keep, in percent',
  },
);
export type OfFile = Static<typeof OfFile>;

const OfShipped = Type.Object(
  {
    ...ofCompression,
    model: Type.Literal('g2p', { description: 'The included network that turns letters into phonemes' }),
  },
  {
    additionalProperties: false,
    description:
      'For an included model: accuracy is the share of 300 words it pronounces correctly, in percent',
  },
);

export const CompressionBody = Type.Union([OfFile, OfShipped]);
export type CompressionBody = Static<typeof CompressionBody>;

export const CompressionParams = Type.Object({
  id: Type.String({ format: 'uuid', description: 'Identifier of its job' }),
});

const summary = {
  id: Type.String({
    format: 'uuid',
    description: 'Identifier of its job: `GET /v1/jobs/{id}` shows the progress',
  }),
  name: Type.String(),
  state: JobStateName,
  judgedBy: Type.Enum(['energy', 'words'], {
    description:
      'What `accuracy` is a percentage of: squared singular values kept, or words pronounced correctly',
  }),
  request: Type.Record(Type.String(), Type.Unknown()),
  error: maybe(Type.String(), 'Why it failed'),
  createdAt: Type.String({ format: 'date-time' }),
};

const Found = Type.Pick(CompressionReport, [
  'accuracy',
  'denseAccuracy',
  'parameters',
  'denseParameters',
  'latencyMs',
  'denseMs',
]);

export const CompressionsAnswer = Type.Object({
  compressions: Type.Array(Type.Object({ ...summary, found: maybe(Found, 'null until it is done') }), {
    description: 'Latest first',
  }),
  strategies: Type.Array(Type.Object({ name: Type.String(), description: Type.String() }), {
    description: 'Strategies that can choose ranks',
  }),
  defaultStrategy: Type.String(),
});
export type CompressionsAnswer = Static<typeof CompressionsAnswer>;

export const CompressionAnswer = Type.Object({
  ...summary,
  report: maybe(CompressionReport, 'null until it is done'),
  notes: Type.Array(Type.String(), { description: 'Remarks about the file that was written' }),
});
export type CompressionAnswer = Static<typeof CompressionAnswer>;
