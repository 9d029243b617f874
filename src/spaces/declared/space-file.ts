import { type Static, Type } from '#typebox';

const Expr = Type.String({ description: 'An expression over slots and loop variables' });
const Name = Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$', maxLength: 100 });
const Template = Type.String({
  maxLength: 200,
  description: 'A name; what stands in braces is an expression: `layer{i}`',
});

const SlotDeclaration = Type.Object(
  {
    name: Name,
    options: Type.Array(Type.String({ pattern: '^[A-Za-z0-9.+]+(_[A-Za-z0-9.+]+)*$', maxLength: 100 }), {
      minItems: 1,
      maxItems: 255,
    }),
    count: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        description: 'A row of slots, name0, name1, …; in expressions a list',
      }),
    ),
    active: Type.Optional(
      Type.String({
        description: 'When the slot counts, by slots without a count; `i` is the place in a row',
      }),
    ),
  },
  { additionalProperties: false },
);
export type SlotDeclaration = Static<typeof SlotDeclaration>;

const Loop = Type.Record(
  Name,
  Type.Union([Name, Type.Tuple([Type.Union([Type.Integer(), Expr]), Type.Union([Type.Integer(), Expr])])]),
  {
    description:
      'One variable: over the active slots of a row, or from one number up to, not including, another',
    minProperties: 1,
    maxProperties: 1,
  },
);
export type Loop = Static<typeof Loop>;

const Reference = Type.Union([
  Template,
  Type.Object(
    { block: Template, for: Type.Optional(Loop), when: Type.Optional(Expr) },
    { additionalProperties: false },
  ),
]);
export type Reference = Static<typeof Reference>;

const OperatorTemplate = Type.Object(
  {
    kind: Type.String({ description: 'An operator of the project: conv2d, linear, batchNorm, …' }),
    name: Type.Optional(Name),
    inputs: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Earlier operators of the block, or `in`; the one before by default',
      }),
    ),
  },
  {
    additionalProperties: Type.Unknown(),
    description: 'Further fields are its attributes; text that begins with = is an expression',
  },
);
export type OperatorTemplate = Static<typeof OperatorTemplate> & { readonly [attribute: string]: unknown };

const Operators = Type.Array(OperatorTemplate, { maxItems: 1000 });

const Block = Type.Object(
  {
    name: Template,
    for: Type.Optional(Loop),
    when: Type.Optional(Expr),
    inputs: Type.Optional(Type.Array(Reference, { description: 'The block before, by default' })),
    merge: Type.Optional(
      Type.Union([Type.Literal('add'), Type.Literal('concat')], {
        description: 'Of several inputs; add by default',
      }),
    ),
    operators: Type.Union([
      Operators,
      Type.Object(
        { by: Expr, of: Type.Record(Type.String(), Operators) },
        { additionalProperties: false, description: 'Operators for each value of an expression' },
      ),
    ]),
  },
  { additionalProperties: false },
);
export type Block = Static<typeof Block>;

/** A search space as declared in a file; `docs/space.schema.json` is this schema. */
export const SpaceFile = Type.Object(
  {
    $schema: Type.Optional(Type.String()),
    format: Type.Literal('tempograph-space/1'),
    name: Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,49}$' }),
    description: Type.String(),
    slots: Type.Array(SlotDeclaration, { minItems: 1, maxItems: 200 }),
    forbidden: Type.Optional(
      Type.Array(Type.Object({ when: Expr, why: Type.String() }, { additionalProperties: false }), {
        description: 'Combinations that are no architectures',
      }),
    ),
    columns: Type.Optional(
      Type.Array(Type.String(), { description: 'CSV columns that may hold an architecture’s string' }),
    ),
    define: Type.Optional(
      Type.Record(Name, Expr, {
        maxProperties: 1000,
        description: 'Names for expressions, each of slots and of those before it',
      }),
    ),
    blocks: Type.Optional(
      Type.Array(Block, {
        minItems: 1,
        maxItems: 200,
        description: 'The network; without it slots are all that is known',
      }),
    ),
    program: Type.Optional(
      Type.String({
        description:
          'Instead of blocks: a command that writes the ONNX file of `{arch}`, weights or none, and prints its path',
      }),
    ),
  },
  { additionalProperties: false },
);
export type SpaceFile = Static<typeof SpaceFile>;
