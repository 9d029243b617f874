import { basename } from 'node:path';
import { InputError } from '../src/base/errors.js';
import { withoutCsvEnding } from '../src/datasets/csv.js';
import { graphOf, keepGraph } from '../src/datasets/networks/graphs.js';
import { kernelTableKey, readKernelTable } from '../src/datasets/networks/kernel-table.js';
import { readNetworkRows } from '../src/datasets/networks/read.js';
import { type WrittenNetwork, writeNetworks } from '../src/datasets/networks/write.js';
import { RejectFile, RejectList } from '../src/datasets/rejects.js';
import { prepareDataset } from './output-file.js';

export interface NetworkImport {
  readonly out: string;
  readonly name: string;
  readonly devices?: readonly string[];
  readonly skipBad: boolean;
  readonly licence: string;
  readonly method: string;
  readonly source?: string;
}

/** `tempograph import` of a CSV `onnx,sha256,device,latency_ms` together with the graphs and kernels beside it. */
export async function importNetworks(file: string, options: NetworkImport): Promise<void> {
  const { out, name, devices, skipBad, licence, method, source } = options;
  const rejects = new RejectList(file);
  const rejectsPath = `${withoutCsvEnding(out)}.rejects.csv`;
  const rejectFile = new RejectFile(rejectsPath);
  try {
    const rows = await readNetworkRows(file, {
      devices,
      onReject(reject) {
        rejects.add(reject);
        if (skipBad) rejectFile.add(reject);
      },
    });
    if (!skipBad) rejects.throwIfAny();
    if (rows.length === 0) throw new InputError(`there is no usable network\n${rejects}`.trimEnd(), { file });
    await prepareDataset(out, '--out');
    const kernels = await readKernelTable(file);
    const networks: WrittenNetwork[] = [];
    for (const row of rows) {
      await keepGraph(out, row, await graphOf(file, row));
      const of = kernels.get(kernelTableKey(row.sha256, row.device)) ?? [];
      networks.push({ ...row, further: [], kernels: of });
    }
    const card = await writeNetworks(out, networks, [], {
      name,
      source: source ?? basename(file),
      licence,
      method,
      noise: null,
      versions: {},
      describe: (device) => device,
    });
    rejectFile.keep();
    const timed = card.kernels ? `, ${card.kernels.rows} kernels` : '';
    console.log(`${out}: ${card.rows} networks of ${card.devices.length} device(s)${timed}`);
    if (rejects.count > 0) {
      console.error(`${rejects.count} values left out, listed in ${rejectsPath}:\n${rejects}`);
    }
  } finally {
    rejectFile.discard();
  }
}
