import { type Static, Type } from 'typebox';
import { zoo } from '../../src/arch/zoo/index.js';
import { spaces } from '../../src/spaces/index.js';

const Parameter = Type.Object({
  name: Type.String(),
  value: Type.Number(),
  unit: Type.String(),
  description: Type.String(),
  range: Type.Array(Type.Number(), { description: 'Least and greatest value', minItems: 2, maxItems: 2 }),
});

const Accelerator = Type.Object({
  id: Type.String({ description: '`model:board`' }),
  description: Type.String(),
  precision: Type.Union([Type.String(), Type.Null()], { description: 'Of data' }),
  parameters: Type.Array(Parameter),
});
export type Accelerator = Static<typeof Accelerator>;

export const AcceleratorsAnswer = Type.Object({
  accelerators: Type.Array(Accelerator),
  networks: Type.Array(Type.String(), { description: 'Published networks that can be asked for by name' }),
  spaces: Type.Array(Type.String(), { description: 'Search spaces whose architectures can be asked for' }),
});
export type AcceleratorsAnswer = Static<typeof AcceleratorsAnswer>;

export const BreakdownBody = Type.Object(
  {
    device: Type.String({ minLength: 1, maxLength: 200, description: 'Analytic device' }),
    network: Type.Optional(Type.Enum(Object.keys(zoo), { description: 'Published network' })),
    space: Type.Optional(Type.Enum(spaces.map(({ name }) => name))),
    architecture: Type.Optional(Type.String({ maxLength: 2000, description: 'Canonical string of `space`' })),
  },
  {
    additionalProperties: false,
    description: 'Names either a `network`, or an `architecture` and its `space`',
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

const Use = Type.Record(Type.String(), Type.Number());

const Layer = Type.Object({
  node: Type.String({ description: 'Operator in the network' }),
  cycles: Type.Number({ description: 'That the hardware needs for the layer when nothing holds it up' }),
  startCycle: Type.Number({ description: 'After the start of the network' }),
  finishCycle: Type.Number(),
  bottleneck: Type.Enum(['compute', 'input', 'memory', 'overhead'], {
    description: 'What decides when the layer finishes',
  }),
  use: Use,
});
export type Layer = Static<typeof Layer>;

export const BreakdownAnswer = Type.Object({
  device: Type.String(),
  latencyMs: Type.Number(),
  intervalMs: Type.Optional(
    Type.Number({ description: 'From one result to the next, where inferences overlap' }),
  ),
  layers: Type.Array(Layer, { description: 'In the order in which they start' }),
  use: Type.Record(Type.String(), Type.Number(), { description: 'Of the board, by resource' }),
});
export type BreakdownAnswer = Static<typeof BreakdownAnswer>;
