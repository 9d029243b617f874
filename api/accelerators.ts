import { type Static, Type } from '#typebox';
import { maybe } from './maybe.js';
import { Text } from './text.js';

const Parameter = Type.Object({
  name: Type.String(),
  value: Type.Number(),
  unit: Type.String(),
  description: Type.String(),
  range: Type.Array(Type.Number(), { description: 'Minimum and maximum', minItems: 2, maxItems: 2 }),
});

const Accelerator = Type.Object({
  id: Type.String({ description: '`model:board`' }),
  description: Type.String(),
  precision: maybe(Type.String(), 'Number format of the data'),
  parameters: Type.Array(Parameter),
});
export type Accelerator = Static<typeof Accelerator>;

export const AcceleratorsAnswer = Type.Object({
  accelerators: Type.Array(Accelerator),
  networks: Type.Array(Type.String(), { description: 'Published networks that can be named' }),
  spaces: Type.Array(Type.String(), { description: 'Search spaces whose architectures can be named' }),
});
export type AcceleratorsAnswer = Static<typeof AcceleratorsAnswer>;

/** A network: a published one, an architecture of a space, or an ONNX model. */
export const asked = {
  network: Type.Optional(
    Type.String({ maxLength: 100, description: 'Published network, see `GET /v1/networks`' }),
  ),
  imageSize: Type.Optional(
    Type.Integer({
      minimum: 8,
      maximum: 4096,
      description: 'Height and width of its images, pixels; by default as published',
    }),
  ),
  space: Type.Optional(Text({ maxLength: 100, description: 'Search space of the architecture' })),
  architecture: Type.Optional(
    Type.String({ maxLength: 2000, description: 'Canonical string of an architecture of `space`' }),
  ),
  onnx: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9+/]+={0,2}$',
      description:
        'Model file in base64; weight values may be left out, and must be if the file would exceed 12 MiB',
    }),
  ),
  sizes: Type.Optional(
    Type.Record(
      Type.String(),
      Type.Union([Type.Integer({ minimum: 1 }), Type.Array(Type.Integer({ minimum: 0 }), { maxItems: 64 })]),
      {
        description:
          'For an `onnx` model: dimensions of an input, or the size of a dynamic dimension, by name',
        examples: [{ images: [1, 3, 224, 224], sequence: 128 }],
      },
    ),
  ),
};
const ASKED = 'either a `network`, or an `architecture` and its `space`, or an `onnx` model';

export const AskedNetwork = Type.Object(asked, {
  additionalProperties: false,
  description: `Names ${ASKED}`,
  examples: [{ network: 'googlenet' }],
});
export type AskedNetwork = Static<typeof AskedNetwork>;

export const BreakdownBody = Type.Object(
  { device: Type.String({ minLength: 1, maxLength: 200, description: 'Analytic device' }), ...asked },
  {
    additionalProperties: false,
    description: `Names ${ASKED}`,
    examples: [
      { device: 'overlay:arria10_1150', network: 'googlenet' },
      {
        device: 'fnas:zcu102',
        space: 'nasbench201',
        architecture: '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|skip_connect~2|',
      },
    ],
  },
);
export type BreakdownBody = Static<typeof BreakdownBody>;

const Notes = Type.Optional(
  Type.Array(Type.String(), {
    description:
      'Assumptions and omissions, such as the values assumed for sizes that an ONNX model leaves open',
  }),
);

const NetworkOperator = Type.Object({
  name: Type.String(),
  kind: Type.String({
    description: 'Kind of operator; the name of the ONNX operator if there is no kind for it',
    examples: ['conv2d', 'LSTM'],
  }),
  inputs: Type.Array(Type.String(), { description: 'Operators whose tensors it reads' }),
  shape: Type.Array(Type.Integer(), {
    description: 'Shape of the tensor it writes, without the first dimension, the batch',
  }),
  macs: Type.Number(),
  parameters: Type.Number(),
});
export type NetworkOperator = Static<typeof NetworkOperator>;

export const NetworkAnswer = Type.Object({
  macs: Type.Number({
    description: 'Multiply-accumulates of one inference, over the whole batch of an ONNX model',
  }),
  parameters: Type.Number(),
  activationBytes: Type.Number({ description: 'Bytes written by one inference in float32' }),
  operators: Type.Array(NetworkOperator, { description: 'In topological order: each after its inputs' }),
  notes: Notes,
});
export type NetworkAnswer = Static<typeof NetworkAnswer>;

const Use = Type.Record(Type.String(), Type.Number());

const LayerBreakdown = Type.Object({
  node: Type.String({ description: 'Operator in the network' }),
  cycles: Type.Number({ description: 'Cycles the layer takes if it never has to wait' }),
  startCycle: Type.Number({ description: 'Counted from the start of the network' }),
  finishCycle: Type.Number(),
  bottleneck: Type.Enum(['compute', 'input', 'memory', 'overhead'], {
    description: 'What determines when the layer finishes',
  }),
  use: Use,
});
export type LayerBreakdown = Static<typeof LayerBreakdown>;

export const BreakdownAnswer = Type.Object({
  device: Type.String(),
  latencyMs: Type.Number(),
  intervalMs: Type.Optional(
    Type.Number({ description: 'Time from one result to the next, if inferences overlap' }),
  ),
  layers: Type.Array(LayerBreakdown, { description: 'In the order in which they start' }),
  use: Type.Record(Type.String(), Type.Number(), {
    description: 'Amount of each resource of the board in use',
  }),
  unmodelled: Type.Optional(
    Type.Object(
      { kinds: Type.Array(Type.String()), operators: Type.Integer() },
      { description: 'Operators that take time but are not included in the latency' },
    ),
  ),
  notes: Notes,
});
export type BreakdownAnswer = Static<typeof BreakdownAnswer>;
