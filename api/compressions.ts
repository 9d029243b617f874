import { type Static, Type } from '#typebox';
import { CompressionReport } from '../src/compress/report.js';
import { rankKinds } from '../src/compress/strategies.js';
import { asked } from './accelerators.js';
import { JobStateName } from './jobs.js';
import { maybe } from './maybe.js';
import { TimeLimit } from './time-limit.js';
import { WholeNumber } from './whole-number.js';

/** The most choices of ranks that one job may evaluate. */
const MOST_EVALUATED = 5000;

/** By weights alone losses add up, and lowering each matrix alone says all there is to know. */
export const DEFAULT_STRATEGY = 'greedy';

const ofCompression = {
  name: Type.String({
    pattern: '^[A-Za-z0-9][\\w.-]{0,99}$',
    description: 'For people, and of the file that is downloaded',
  }),
  maxParameters: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      description: 'Share of the model’s parameters that may be left',
    }),
  ),
  maxLatencyMs: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, maximum: 1e9, description: 'On `device`, as predicted' }),
  ),
  maxLoss: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 100,
      description: 'Instead: points of accuracy that may be lost; the smallest such model is looked for',
    }),
  ),
  device: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description:
        'With learned kernels, see `GET /v1/networks/devices`; recurrent matrices stay dense then, for no predictor knows a `Scan`',
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
      description: 'Of the strategy, other than its defaults',
    }),
  ),
  budget: Type.Optional(
    Type.Integer({
      minimum: 2,
      maximum: MOST_EVALUATED,
      description:
        'Choices of ranks that are evaluated, the dense model among them; by default eight for each matrix and a hundred more',
    }),
  ),
  seed: Type.Optional(WholeNumber({ default: 1, description: 'Of all that is drawn' })),
  timeLimitSeconds: TimeLimit('compress'),
};

const OfFile = Type.Object(
  {
    ...ofCompression,
    onnx: Type.String({
      pattern: '^[A-Za-z0-9+/]+={0,2}$',
      description: 'Model file in base64, with the values of its weights; it is read and never run',
    }),
  },
  {
    additionalProperties: false,
    description:
      'Of a file: its accuracy is the share of the squared singular values that its matrices keep, percent',
  },
);
export type OfFile = Static<typeof OfFile>;

const OfShipped = Type.Object(
  {
    ...ofCompression,
    model: Type.Literal('g2p', { description: 'The network from letters to phonemes that ships' }),
  },
  {
    additionalProperties: false,
    description:
      'Of a model that ships: its accuracy is the share of 300 words that it says rightly, percent',
  },
);

export const CompressionBody = Type.Union([OfFile, OfShipped]);
export type CompressionBody = Static<typeof CompressionBody>;

export const CompressionParams = Type.Object({
  id: Type.String({ format: 'uuid', description: 'Of its job' }),
});

const summary = {
  id: Type.String({ format: 'uuid', description: 'Of its job: `GET /v1/jobs/{id}` says how it goes' }),
  name: Type.String(),
  state: JobStateName,
  judgedBy: Type.Enum(['energy', 'words'], {
    description:
      'What `accuracy` is a percentage of: squared singular values that are kept, or words that are said rightly',
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
  compressions: Type.Array(
    Type.Object({ ...summary, found: maybe(Found, 'null as long as it is not done') }),
    { description: 'The latest first' },
  ),
  strategies: Type.Array(Type.Object({ name: Type.String(), description: Type.String() }), {
    description: 'Those that choose ranks',
  }),
  defaultStrategy: Type.String(),
});
export type CompressionsAnswer = Static<typeof CompressionsAnswer>;

export const CompressionAnswer = Type.Object({
  ...summary,
  report: maybe(CompressionReport, 'null as long as it is not done'),
  notes: Type.Array(Type.String(), { description: 'What is to be said of the file that was written' }),
});
export type CompressionAnswer = Static<typeof CompressionAnswer>;
