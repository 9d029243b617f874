import { type Static, Type } from '#typebox';
import { DatasetCard } from '../src/datasets/card.js';
import { NetworkDatasetCard } from '../src/datasets/networks/card.js';

export const DatasetParams = Type.Object({
  name: Type.String({
    pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$',
    description: 'Name of the file without `.csv.gz`',
  }),
});

export const DatasetsAnswer = Type.Object({
  datasets: Type.Array(Type.Object({ name: DatasetParams.properties.name, card: DatasetCard })),
  networks: Type.Array(Type.Object({ name: DatasetParams.properties.name, card: NetworkDatasetCard }), {
    description: 'Latencies of ONNX files, which belong to no search space',
  }),
  problems: Type.Array(Type.Object({ name: Type.String(), message: Type.String() }), {
    description: 'Tables whose card cannot be read',
  }),
});
export type DatasetsAnswer = Static<typeof DatasetsAnswer>;

export const DatasetAnswer = Type.Object({
  name: DatasetParams.properties.name,
  card: DatasetCard,
  percentilesMs: Type.Record(Type.String(), Type.Array(Type.Number()), {
    description: 'By device: percentiles of its latencies, 0 to 100',
  }),
});
export type DatasetAnswer = Static<typeof DatasetAnswer>;
