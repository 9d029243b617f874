import { type Static, Type } from '#typebox';
import { maybe } from './maybe.js';

export const ListedNetwork = Type.Object({
  name: Type.String(),
  family: Type.String(),
  source: Type.String({ description: 'Paper' }),
  imageSize: maybe(Type.Integer(), 'Height and width of the images for which the counts hold, pixels'),
  parametersM: Type.Number({ description: 'Trained weights, millions' }),
  gmacs: Type.Number({ description: 'Multiply-accumulates for one image, billions' }),
});
export type ListedNetwork = Static<typeof ListedNetwork>;

export const NetworksAnswer = Type.Object({
  networks: Type.Array(ListedNetwork),
  devices: Type.Array(
    Type.Object({
      name: Type.String(),
      description: Type.String(),
      usualBatch: Type.Integer({ description: 'Images per call, by default' }),
    }),
    { description: 'Devices on which their latency can be predicted' },
  ),
});

export type NetworksAnswer = Static<typeof NetworksAnswer>;

export const NetworkParams = Type.Object({ network: Type.String({ maxLength: 100 }) });

export const NetworkQuery = Type.Object(
  {
    device: Type.String({ maxLength: 100, description: 'One of `devices` of `GET /v1/networks`' }),
    imageSize: Type.Optional(
      Type.Integer({ minimum: 8, maximum: 4096, description: 'Height and width of the images, pixels' }),
    ),
    batch: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_536, description: 'Images per call' })),
  },
  { additionalProperties: false },
);

export const NetworkPredictionAnswer = Type.Object({
  network: Type.String(),
  device: Type.String(),
  batch: Type.Integer(),
  latencyMs: Type.Number({ description: 'Latency of the whole batch' }),
  lowMs: Type.Number({ description: '90 % of networks of unseen families lie between this value …' }),
  highMs: Type.Number({ description: '… and this' }),
  unfamiliar: Type.Array(Type.String(), {
    description: 'Respects in which the prediction is an extrapolation; empty if there are none',
  }),
  kernels: Type.Array(
    Type.Object({
      kind: Type.String(),
      calls: Type.Integer(),
      ms: Type.Number(),
      share: Type.Number({ description: 'Share of the latency, 0 to 1' }),
    }),
    { description: 'Longest first' },
  ),
});
