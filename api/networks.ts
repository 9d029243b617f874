import { type Static, Type } from '#typebox';
import { asked } from './accelerators.js';

/** A device with learned kernels, which answers for any ONNX file. */
const KernelsDevice = Type.Object({
  id: Type.String({ description: 'Identifier used in queries' }),
  description: Type.String(),
  runtime: Type.String({ description: 'Runtime whose kernels were learned' }),
  level: Type.String({ description: 'Level of the runtime’s graph optimisations' }),
  modelVersion: Type.String(),
});

export const KernelsDevicesAnswer = Type.Object({
  devices: Type.Array(KernelsDevice),
  problems: Type.Array(Type.Object({ folder: Type.String(), message: Type.String() }), {
    description: 'Folders that cannot be read',
  }),
});
export type KernelsDevicesAnswer = Static<typeof KernelsDevicesAnswer>;

export const NetworkPredictBody = Type.Object(
  {
    device: Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'Device with learned kernels, see `GET /v1/networks/devices`',
    }),
    ...asked,
  },
  {
    additionalProperties: false,
    description: 'Names either a `network`, or an `architecture` and its `space`, or an `onnx` model',
    examples: [{ device: 'cpu', network: 'googlenet' }],
  },
);
export type NetworkPredictBody = Static<typeof NetworkPredictBody>;

const PredictedKernel = Type.Object({
  kind: Type.String({
    description: 'Operator of the runtime, and its variant',
    examples: ['Conv.pointwise'],
  }),
  activation: Type.String({ description: 'Activation computed in the same call; empty if there is none' }),
  runs: Type.Integer({ description: 'How often the network runs it' }),
  ms: Type.Number({ description: 'Total of all its runs' }),
  share: Type.Number({ description: 'Share of the network’s time' }),
  lowMs: Type.Number(),
  highMs: Type.Number(),
  macs: Type.Number(),
  bytes: Type.Number(),
});
export type PredictedKernel = Static<typeof PredictedKernel>;

export const NetworkPredictAnswer = Type.Object({
  device: Type.String(),
  modelVersion: Type.String(),
  latencyMs: Type.Number(),
  interval: Type.Optional(
    Type.Object(
      { lowMs: Type.Number(), highMs: Type.Number(), unfamiliar: Type.Boolean() },
      { description: 'Contains 90 % of the measurements of networks of unseen families' },
    ),
  ),
  familiar: Type.Boolean({ description: 'Whether its kernels are like those measured' }),
  unfamiliarKinds: Type.Array(
    Type.Object({ kind: Type.String(), share: Type.Number(), measured: Type.Integer() }),
    { description: 'Kinds of kernels too few of which were measured' },
  ),
  remarks: Type.Array(Type.String(), {
    description: 'What is unfamiliar, and a command to measure it',
  }),
  kernels: Type.Array(PredictedKernel, {
    description: 'In the order in which they run; equal kernels are combined',
  }),
  notes: Type.Array(Type.String(), {
    description:
      'Assumptions and omissions, such as the values assumed for sizes that an ONNX model leaves open',
  }),
});
export type NetworkPredictAnswer = Static<typeof NetworkPredictAnswer>;
