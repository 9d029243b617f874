import { type Static, Type } from '#typebox';
import { DatasetOrigin } from '../card.js';

/** `<name>.card.json` beside a dataset of ONNX networks (`onnx,sha256,device,latency_ms`). */
export const NetworkDatasetCard = Type.Object({
  format: Type.Literal('tempograph-networks/1'),
  name: Type.String(),
  rows: Type.Integer(),
  devices: Type.Array(
    Type.Object({
      id: Type.String(),
      description: Type.String(),
      rows: Type.Integer(),
      minMs: Type.Number(),
      medianMs: Type.Number(),
      maxMs: Type.Number(),
    }),
  ),
  /** Number of networks by the folder of their file. */
  families: Type.Record(Type.String(), Type.Integer()),
  /** Version of the probe set, if the networks include it. */
  probes: Type.Union([Type.String(), Type.Null()]),
  /** Number of timed kernels, of distinct ones, and of the distinct kernels of each kind. */
  kernels: Type.Union([
    Type.Object({
      rows: Type.Integer(),
      distinct: Type.Integer(),
      kinds: Type.Record(Type.String(), Type.Integer()),
      /** SHA-256 of the kernel table. */
      sha256: Type.String(),
    }),
    Type.Null(),
  ]),
  /**
   * How well a group of runs agrees with the median of the network's other groups, over all groups: mean
   * absolute percentage error, and the share within 10 %, both as fractions of 1. Null if networks have fewer
   * than three groups.
   */
  noise: Type.Union([Type.Object({ mape: Type.Number(), within10: Type.Number() }), Type.Null()]),
  ...DatasetOrigin,
});
export type NetworkDatasetCard = Static<typeof NetworkDatasetCard>;
