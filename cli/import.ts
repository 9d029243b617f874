import { basename } from 'node:path';
import type { Command } from 'commander';
import { InputError } from '../src/base/errors.js';
import { type ColumnReading, type DeclaredColumn, describeReading } from '../src/datasets/column-reading.js';
import { withoutCsvEnding } from '../src/datasets/csv.js';
import { isOfNetworks } from '../src/datasets/networks/read.js';
import { readSamples } from '../src/datasets/read.js';
import { RejectFile, RejectList } from '../src/datasets/rejects.js';
import { type Duplicates, describeRepeats, repeatsIn, withoutRepeats } from '../src/datasets/repeats.js';
import type { Series } from '../src/datasets/row-reader.js';
import { writeDataset } from '../src/datasets/write.js';
import { LATENCY, type Metric, sameMetric } from '../src/metrics/metric.js';
import { spaceNamed } from '../src/spaces/registry.js';
import type { DeadOperations } from '../src/spaces/space.js';
import { importNetworks } from './import-networks.js';
import {
  columnsOption,
  deadOperationsOption,
  duplicatesOption,
  integer,
  metricsOption,
  spaceOption,
  unitOption,
} from './options.js';
import { assertCsv, prepareDataset } from './output-file.js';
import { bytesBar } from './progress.js';

interface ImportFlags {
  space: string;
  out?: string;
  device?: string[];
  metric?: readonly Metric[];
  unit?: string;
  columns?: ReadonlyMap<string, DeclaredColumn>;
  deadOps: DeadOperations;
  duplicates: Duplicates;
  skipBad?: boolean;
  name?: string;
  source?: string;
  licence: string;
  method: string;
  batchSize?: number;
  precision?: string;
}

/** `tempograph import`: checks a CSV of measurements and writes it in normalised form with a card. */
export function registerImport(command: Command): void {
  command
    .usage('<file> [options]')
    .argument(
      '<file>',
      '.csv or .csv.gz: a column for each device and metric (board_ms, board_mj), or the columns arch,device,latency_ms,energy_mj',
    )
    .addOption(spaceOption())
    .option('--out <file>', 'file to write (default: datasets/<name>.csv.gz)')
    .option('--device <name...>', 'import only these devices (default: all)')
    .addOption(metricsOption())
    .addOption(unitOption())
    .addOption(columnsOption())
    .addOption(
      deadOperationsOption(
        "whether operations that can't reach the output were run in the measurements",
      ).default('timed'),
    )
    .addOption(duplicatesOption())
    .option('--skip-bad', 'leave out bad values, and list them in <out>.rejects.csv')
    .option('--name <name>', "the dataset's name (default: the file's)")
    .option('--source <text>', 'where the data comes from (default: the file and its SHA-256)')
    .option('--licence <text>', 'licence of the data', 'unknown')
    .option('--method <text>', 'how it was measured', 'measured')
    .option('--batch-size <n>', 'images per run', integer('batch-size', 1))
    .option('--precision <text>', 'for example fp32 or int8')
    .addHelpText(
      'after',
      `
The command prints how it reads each column, and the card records it: by the unit at the end of the name (ns, us, ms, s;
uj, mj, j, wh; mw, w; kb, mb, mib, gib; per_s, fps) or by a column "unit" (or "latency_unit"), otherwise as latency in
--unit. Columns left out are listed with the reason: statistics (_std, _p95, _n), columns without a name, accuracies and
costs.

Every unusable value is reported with its line and column. If there is one, nothing is written and the exit code is 1,
unless --skip-bad is given.

A CSV of ONNX networks, as written by \`tempograph measure --onnx\`, has its graphs beside it in graphs/<sha256>.onnx,
and the times of its kernels in <name>.kernels.csv.gz. Both are checked and imported too.

Examples:
  $ tempograph import latbench.csv.gz --unit s --dead-ops pruned --out datasets/latbench.csv.gz
  $ tempograph import pi5.csv.gz --out pi5_read.csv.gz
  $ tempograph import odd.csv --columns time=my_board:latency:us joules=my_board:energy:j co2=my_board:co2:g
  $ tempograph import boards.csv --metric latency co2:g
  $ tempograph import boards.csv --space mnasnet --device board_a board_b --skip-bad
  $ tempograph import their_cpu.csv --out datasets/their_cpu/their_cpu.csv.gz`,
    )
    .action(runImport);
}

async function runImport(file: string, flags: ImportFlags): Promise<void> {
  const space = spaceNamed(flags.space);
  const name = flags.name ?? basename(withoutCsvEnding(file));
  const out = flags.out ?? `datasets/${name}.csv.gz`;
  assertCsv(out, '--out');
  if (await isOfNetworks(file)) {
    if (flags.metric?.some((metric) => !sameMetric(metric, LATENCY))) {
      throw new InputError('a CSV of networks has only their latency', { file, field: '--metric' });
    }
    const { device: devices, skipBad = false, licence, method, source } = flags;
    return importNetworks(file, { out, name, devices, skipBad, licence, method, source });
  }
  const rejects = new RejectList(file);
  const rejectsPath = `${withoutCsvEnding(out)}.rejects.csv`;
  const rejectFile = new RejectFile(rejectsPath);
  const bar = bytesBar('reading');
  try {
    const read = await readSamples(file, {
      space,
      unit: flags.unit,
      columns: flags.columns,
      devices: flags.device,
      metrics: flags.metric,
      duplicates: flags.duplicates,
      onReject(reject) {
        rejects.add(reject);
        if (flags.skipBad) rejectFile.add(reject);
      },
      onProgress: bar.update,
    }).finally(bar.stop);
    const { table, series, rows, missing, sha256 } = read;
    const columns = read.columns.map((column) => ofSeries(column, series));
    for (const column of columns) console.error(`  ${describeReading(column)}`);
    if (!flags.skipBad) rejects.throwIfAny();
    if (table.size === 0) throw new InputError(`there is no usable sample\n${rejects}`.trimEnd(), { file });
    const repeats = repeatsIn(space, table, series.length);
    series.forEach(({ device, metric }, number) => {
      const found = describeRepeats(space, `${metric.name} of ${device}`, repeats[number], flags.duplicates);
      if (found !== undefined) console.error(found);
    });
    const kept = flags.duplicates === 'one-per-class' ? withoutRepeats(space, table, repeats) : table;
    await prepareDataset(out, '--out');
    const card = await writeDataset(out, space, kept, series, {
      name,
      columns,
      deadOperations: flags.deadOps,
      method: flags.method,
      source: flags.source ?? `${basename(file)}, SHA-256 ${sha256}`,
      licence: flags.licence,
      about: (id) => ({
        description: id,
        batchSize: flags.batchSize ?? null,
        precision: flags.precision ?? null,
      }),
    });
    rejectFile.keep();
    const empty = missing > 0 ? `, ${missing} cells empty` : '';
    console.log(`${out}: ${card.rows} samples of ${card.devices.length} device(s) from ${rows} rows${empty}`);
    if (rejects.count > 0) {
      console.error(`${rejects.count} values left out, listed in ${rejectsPath}:\n${rejects}`);
    }
  } finally {
    rejectFile.discard();
  }
}

/** The reading, or the column left out if it is none of those asked for. */
function ofSeries(reading: ColumnReading, series: readonly Series[]): ColumnReading {
  if ('leftOut' in reading) return reading;
  const { column, device, metric } = reading;
  const isAsked = series.some((of) => of.metric.name === metric && (device ?? of.device) === of.device);
  return isAsked ? reading : { column, leftOut: 'because you asked for others' };
}
