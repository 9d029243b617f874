import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { OperatorGraph } from '../../src/network/graph.js';
import type { Conv2d, Operator, Pool, Shape } from '../../src/network/operator.js';

/** Output pixels P of the measured accelerators; all have M = 32 output channels. */
export const PIXELS = [32, 64, 96] as const;

/** One layer of one network, measured on each accelerator. */
export interface MeasuredLayer {
  readonly network: string;
  readonly type: string;
  /** Equal for layers of equal shape. */
  readonly shape: string;
  /** A network of this layer alone. */
  readonly graph: OperatorGraph;
  /** In the order of `PIXELS`. */
  readonly latencyMs: readonly number[];
}

/** Reads the per-layer latencies of 12 CNNs; additions, which come without a shape, are left out. */
export async function readFpgaLayers(file: string): Promise<MeasuredLayer[]> {
  const rows: Record<string, string>[] = parse(gunzipSync(await readFile(file)), { columns: true });
  return rows
    .filter((row) => row.layer_type !== 'Add')
    .map((row) => {
      const { operator, input } = layerOf(row);
      const graph = new OperatorGraph();
      graph.output(graph.add(operator, [graph.input(input)]));
      return {
        network: row.network,
        type: row.layer_type.toLowerCase(),
        shape: JSON.stringify([operator, input]),
        graph,
        latencyMs: PIXELS.map((pixels) => Number(row[`latency_ns_m32p${pixels}`]) / 1e6),
      };
    });
}

function layerOf(row: Record<string, string>): { operator: Operator; input: Shape } {
  const number = (column: string) => Number(row[column]);
  const input: Shape = [number('in_ch'), number('in_h'), number('in_w')];
  const window = {
    kernel: [number('k_h'), number('k_w')],
    stride: [number('stride_h'), number('stride_w')],
    padding: [number('pad_u'), number('pad_l'), number('pad_d'), number('pad_r')],
  } satisfies Pick<Pool, 'kernel' | 'stride' | 'padding'>;
  switch (row.layer_type.toLowerCase()) {
    case 'fc': {
      const operator: Operator = { kind: 'linear', outFeatures: number('out_ch'), bias: false };
      return { operator, input: [number('in_ch')] };
    }
    case 'maxpool':
      return { operator: { kind: 'maxPool', ...window, ceil: false }, input };
    case 'averagepool':
      return { operator: { kind: 'avgPool', ...window, ceil: false }, input };
    default: {
      const outChannels = number('out_ch');
      const operator: Conv2d = {
        ...window,
        kind: 'conv2d',
        outChannels,
        dilation: [1, 1],
        groups: 1,
        bias: false,
      };
      return { operator, input };
    }
  }
}
