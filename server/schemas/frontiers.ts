import { type Static, Type } from 'typebox';

/** A pair of network and accelerator that no other beats in accuracy, latency and area at once. */
const FrontierPoint = Type.Object({
  architecture: Type.String(),
  configuration: Type.Record(Type.String(), Type.Number(), { description: 'Choices of the accelerator' }),
  accuracyPercent: Type.Number(),
  latencyMs: Type.Number({ exclusiveMinimum: 0 }),
  areaMm2: Type.Number({ exclusiveMinimum: 0 }),
});
export type FrontierPoint = Static<typeof FrontierPoint>;

/** What all pairs of a space's networks and an accelerator's configurations leave when the beaten ones are gone. */
export const Frontier = Type.Object({
  kind: Type.Literal('codesign-frontier'),
  space: Type.String(),
  accuracy: Type.Object({ file: Type.String(), column: Type.String() }),
  pairs: Type.Integer({ description: 'That were looked at' }),
  seconds: Type.Number({ description: 'That it took' }),
  points: Type.Array(FrontierPoint),
});
export type Frontier = Static<typeof Frontier>;

export const FrontierParams = Type.Object({
  name: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$', description: 'File without `.json`' }),
});

const { points: _points, ...about } = Frontier.properties;

export const FrontiersAnswer = Type.Object({
  frontiers: Type.Array(
    Type.Object({ name: FrontierParams.properties.name, ...about, points: Type.Integer() }),
  ),
  problems: Type.Array(Type.Object({ name: Type.String(), message: Type.String() }), {
    description: 'Files that cannot be read',
  }),
});
export type FrontiersAnswer = Static<typeof FrontiersAnswer>;
