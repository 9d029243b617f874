import type { FrontierPoint } from '../../src/search/codesign/frontier-file.js';
import type { Column, Table } from '../downloads.js';
import { sliced } from './lots.js';

const POINT_COLUMNS: Column<FrontierPoint>[] = [
  { name: 'architecture', type: 'STRING', value: ({ architecture }) => architecture },
  { name: 'configuration', type: 'JSON', value: ({ configuration }) => configuration },
  { name: 'accuracy_percent', type: 'DOUBLE', value: ({ accuracyPercent }) => accuracyPercent },
  { name: 'latency_ms', type: 'DOUBLE', value: ({ latencyMs }) => latencyMs },
  { name: 'area_mm2', type: 'DOUBLE', value: ({ areaMm2 }) => areaMm2 },
];

/** The pairs of network and accelerator on a frontier. */
export function frontierTable(name: string, points: readonly FrontierPoint[]): Table<FrontierPoint> {
  return { name: `frontier-${name}`, columns: POINT_COLUMNS, rows: sliced(points) };
}
