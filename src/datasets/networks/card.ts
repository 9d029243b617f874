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
  /** Networks by the folder that their file is in. */
  families: Type.Record(Type.String(), Type.Integer()),
  /** Version of the probe set, where it is among the networks. */
  probes: Type.Union([Type.String(), Type.Null()]),
  /** Kernels with a time, distinct ones, and their kinds with the number of distinct kernels of each. */
  kernels: Type.Union([
    Type.Object({
      rows: Type.Integer(),
      distinct: Type.Integer(),
      kinds: Type.Record(Type.String(), Type.Integer()),
      /** Of the file with them. */
      sha256: Type.String(),
    }),
    Type.Null(),
  ]),
  /**
   * How a group of runs agrees with the median of the network's other groups, over all groups: mean absolute
   * percentage error, and the share within 10 %, both of one. Null where networks have fewer than three groups.
   */
  noise: Type.Union([Type.Object({ mape: Type.Number(), within10: Type.Number() }), Type.Null()]),
  ...DatasetOrigin,
});
export type NetworkDatasetCard = Static<typeof NetworkDatasetCard>;
