import type { DatasetAnswer, DatasetsAnswer } from '../../../api/datasets.js';
import { ask } from './request.js';

export type { DatasetAnswer };
export type ListedNetworkDataset = DatasetsAnswer['networks'][number];
export type Dataset = DatasetsAnswer['datasets'][number];

export function fetchDatasets(): Promise<DatasetsAnswer> {
  return ask<DatasetsAnswer>('/v1/datasets');
}

export function fetchDataset(name: string): Promise<DatasetAnswer> {
  return ask<DatasetAnswer>(`/v1/datasets/${encodeURIComponent(name)}`);
}
