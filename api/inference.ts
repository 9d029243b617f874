import { type Static, Type } from '#typebox';
import { MAX_ARCHITECTURES } from './predict.js';

/** Open Inference Protocol (KServe v2), HTTP/REST: the objects of its specification, under their names there. */

const Parameters = Type.Record(Type.String(), Type.Unknown(), { description: 'Accepted and ignored' });

const MetadataTensor = Type.Object({
  name: Type.String(),
  datatype: Type.String(),
  shape: Type.Array(Type.Integer(), { description: '-1 means any size' }),
});
export type MetadataTensor = Static<typeof MetadataTensor>;

export const ServerMetadata = Type.Object({
  name: Type.String(),
  version: Type.String(),
  extensions: Type.Array(Type.String()),
});

export const ServerHealth = Type.Object({ live: Type.Boolean(), ready: Type.Optional(Type.Boolean()) });

export const ModelReady = Type.Object({ name: Type.String(), ready: Type.Boolean() });

export const ModelMetadata = Type.Object({
  name: Type.String(),
  versions: Type.Array(Type.String()),
  platform: Type.String(),
  inputs: Type.Array(MetadataTensor),
  outputs: Type.Array(MetadataTensor),
});
export type ModelMetadata = Static<typeof ModelMetadata>;

export const InferenceRequest = Type.Object(
  {
    id: Type.Optional(Type.String({ maxLength: 1000, description: 'Repeated in the answer' })),
    parameters: Type.Optional(Parameters),
    inputs: Type.Array(
      Type.Object({
        name: Type.String({ description: '`architecture`' }),
        shape: Type.Array(Type.Integer({ minimum: 0 }), { maxItems: 2, description: '`[n]` or `[n, 1]`' }),
        datatype: Type.String({ description: '`BYTES`' }),
        parameters: Type.Optional(Parameters),
        data: Type.Array(Type.Unknown(), {
          maxItems: MAX_ARCHITECTURES,
          description: "Canonical strings of the device's space, flat or in rows of one",
        }),
      }),
      { maxItems: 10 },
    ),
    outputs: Type.Optional(
      Type.Array(Type.Object({ name: Type.String(), parameters: Type.Optional(Parameters) }), {
        maxItems: 10,
        description: 'All outputs of the model by default',
      }),
    ),
  },
  {
    examples: [
      {
        inputs: [
          {
            name: 'architecture',
            shape: [1],
            datatype: 'BYTES',
            data: ['|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|skip_connect~2|'],
          },
        ],
        outputs: [{ name: 'latency_ms' }],
      },
    ],
  },
);
export type InferenceRequest = Static<typeof InferenceRequest>;

export const InferenceResponse = Type.Object({
  model_name: Type.String(),
  model_version: Type.String(),
  id: Type.Optional(Type.String()),
  outputs: Type.Array(
    Type.Object({
      name: Type.String(),
      shape: Type.Array(Type.Integer()),
      datatype: Type.String(),
      data: Type.Array(Type.Union([Type.Number(), Type.Boolean()])),
    }),
  ),
});
export type InferenceResponse = Static<typeof InferenceResponse>;

export const InferenceError = Type.Object({ error: Type.String() }, { description: 'What is wrong' });

const ModelName = Type.String({ description: 'A device, or device@metric' });

export const ModelParams = Type.Object({ model: ModelName });
export const VersionParams = Type.Object({ model: ModelName, version: Type.String() });
