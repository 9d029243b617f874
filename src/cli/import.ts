import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { stringify } from 'csv-stringify/sync';
import writeFileAtomic from 'write-file-atomic';
import type { LatencyUnit } from '../datasets/columns.js';
import { RejectList } from '../datasets/load.js';
import { type Reject, readLatency } from '../datasets/read.js';
import { writeDataset } from '../datasets/write.js';
import { InputError } from '../errors.js';
import { spaceNamed } from '../spaces/index.js';
import type { DeadOperations } from '../spaces/space.js';
import { integer, spaceOption } from './options.js';
import { bytesBar } from './progress.js';

interface ImportFlags {
  space: string;
  out?: string;
  device?: string[];
  unit?: LatencyUnit;
  deadOps: DeadOperations;
  duplicates: 'reject' | 'mean';
  skipBad?: boolean;
  name?: string;
  source: string;
  licence: string;
  method: string;
  batchSize?: number;
  precision?: string;
}

/** `tempograph import`: checks a latency CSV and writes it in normalised form with a card. */
export function registerImport(program: Command): void {
  program
    .command('import')
    .description('check a latency CSV and write it in normalised form with a card')
    .argument('<file>', '.csv or .csv.gz: a column per device, or the columns arch,device,latency_ms')
    .addOption(spaceOption())
    .option('--out <file>', 'what to write (default: datasets/<name>.csv.gz)')
    .option('--device <name...>', 'only these devices')
    .addOption(new Option('--unit <unit>', 'of columns that do not name theirs').choices(['ms', 's', 'us']))
    .addOption(
      new Option('--dead-ops <how>', "whether operations that can't reach the output ran while measuring")
        .choices(['timed', 'pruned'])
        .default('timed'),
    )
    .addOption(
      new Option('--duplicates <how>', 'what to do when an architecture comes twice with different latencies')
        .choices(['reject', 'mean'])
        .default('reject'),
    )
    .option('--skip-bad', 'leave out bad values; they go to <out>.rejects.csv')
    .option('--name <name>', "the data set's name (default: the file's)")
    .option('--source <text>', 'where the data comes from', 'unknown')
    .option('--licence <text>', 'under which licence', 'unknown')
    .option('--method <text>', 'how it was measured', 'measured')
    .option('--batch-size <n>', 'images per run', integer('batch-size', 1))
    .option('--precision <text>', 'for example fp32 or int8')
    .addHelpText(
      'after',
      `
Nothing is written if anything is rejected, unless --skip-bad.

Examples:
  $ tempograph import latbench.csv.gz --unit s --dead-ops pruned --out datasets/latbench.csv.gz
  $ tempograph import board.csv --space mnasnet --device my_board --skip-bad`,
    )
    .action(runImport);
}

async function runImport(file: string, flags: ImportFlags): Promise<void> {
  const space = spaceNamed(flags.space);
  const name = flags.name ?? basename(file).replace(/\.csv(\.gz)?$/, '');
  const out = flags.out ?? `datasets/${name}.csv.gz`;
  if (!/\.csv(\.gz)?$/.test(out))
    throw new InputError(`${out} must end in .csv or .csv.gz`, { field: '--out' });
  const rejected: Reject[] = [];
  const list = new RejectList(file);
  const bar = bytesBar('reading');
  const { table, devices, rows, missing } = await readLatency(file, {
    space,
    unit: flags.unit,
    devices: flags.device,
    duplicates: flags.duplicates,
    onReject: (reject) => {
      list.add(reject);
      if (flags.skipBad) rejected.push(reject);
    },
    onProgress: bar.update,
  }).finally(bar.stop);
  if (!flags.skipBad) list.throwIfAny();
  if (table.size === 0) throw new InputError('there is no usable sample', { file });
  const card = await writeDataset(out, space, table, devices, {
    name,
    deadOperations: flags.deadOps,
    method: flags.method,
    source: flags.source,
    licence: flags.licence,
    about: (id) => ({
      description: id,
      batchSize: flags.batchSize ?? null,
      precision: flags.precision ?? null,
    }),
  });
  console.log(
    `${out}: ${card.rows} samples of ${devices.length} device(s) from ${rows} rows${missing ? `, ${missing} cells empty` : ''}`,
  );
  if (rejected.length > 0) {
    const rejects = `${out.replace(/\.csv(\.gz)?$/, '')}.rejects.csv`;
    await writeFileAtomic(
      rejects,
      stringify(rejected, { header: true, columns: ['line', 'column', 'value', 'reason'] }),
    );
    console.error(`${rejected.length} bad values left out, listed in ${rejects}:\n${list}`);
  }
}
