import { basename } from 'node:path';
import { withoutCsvEnding } from '../src/datasets/csv.js';
import { keepGraph, strippedGraph } from '../src/datasets/networks/graphs.js';
import { type WrittenNetwork, writeNetworks } from '../src/datasets/networks/write.js';
import { type AnalyticDevice, NetworkDoesNotFitError } from '../src/devices/device.js';
import { remarksOn } from '../src/devices/left-out.js';
import { type InputSizes, onnxBytes, readOnnxFile } from './onnx-file.js';
import { nameInFiles } from './output-file.js';

/** Which devices label which ONNX files, and where the labels go. */
export interface NetworkLabelling {
  readonly files: readonly string[];
  readonly shape?: InputSizes;
  readonly devices: readonly AnalyticDevice[];
  readonly out: string;
  /** How the labels were made, for the card. */
  readonly method: string;
  readonly source: string;
}

/**
 * `tempograph label --onnx`: latencies of ONNX files on analytic devices, as a dataset of networks.
 *
 * @throws InputError naming a file that cannot be read, or an operator that a device refuses
 */
export async function labelNetworks(labelling: NetworkLabelling): Promise<void> {
  const { files, shape, devices, out, method, source } = labelling;
  const rows: WrittenNetwork[] = [];
  for (const file of files) {
    const { network, notes } = await readOnnxFile(file, shape);
    for (const note of notes) console.error(`${file}: ${note}`);
    const { graph, sha256 } = strippedGraph(await onnxBytes(file));
    await keepGraph(out, { onnx: file, sha256 }, graph);
    for (const device of devices) {
      const remarks = remarksOn(device, network);
      if (remarks.length > 0) console.error(`${file} on ${device.id}: ${remarks.join('; ')}`);
      try {
        const { latencyMs } = device.latency(network);
        rows.push({
          onnx: file,
          sha256,
          device: nameInFiles(device.id),
          latencyMs,
          further: [],
          kernels: [],
        });
      } catch (error) {
        if (!(error instanceof NetworkDoesNotFitError)) throw error;
        console.error(`${file}: ${error.message}; left out`);
      }
    }
  }
  const card = await writeNetworks(out, rows, [], {
    name: basename(withoutCsvEnding(out)),
    method,
    source,
    licence: 'MIT',
    noise: null,
    versions: {},
    describe: (name) => devices.find(({ id }) => nameInFiles(id) === name)?.description ?? name,
  });
  console.log(`${out}: ${card.rows} latencies of ${files.length} network(s)`);
}
