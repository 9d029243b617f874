import { Command } from 'commander';
import { endIfUnread } from '../cli/unread-output.js';
import { accuracyBench } from './accuracy.js';
import { cellsBench } from './cells.js';
import { compressBench } from './compress.js';
import { emulateBench } from './emulate.js';
import { faultsBench } from './faults.js';
import { fpgaBench } from './fpga.js';
import { gptBench } from './gpt.js';
import { importBench } from './import.js';
import { inferenceBench } from './inference.js';
import { intervalsBench } from './intervals.js';
import { kernelTransferBench } from './kernel-transfer.js';
import { limitsBench } from './limits.js';
import { networksBench } from './networks.js';
import { oneShotBench } from './one-shot.js';
import { type BenchOptions, nameOfNoPiece } from './pieces.js';
import { resultsBench } from './results.js';
import { scaleBench } from './scale.js';
import { searchBench } from './search.js';
import { serviceBench } from './service.js';
import { startupBench } from './startup.js';
import { supernetBench } from './supernet.js';
import { trainingBench } from './training.js';
import { transferBench } from './transfer.js';
import { zooBench } from './zoo.js';

type Bench = (options: BenchOptions) => Promise<void>;

const inOne: Readonly<Record<string, Bench>> = {
  startup: startupBench,
  training: trainingBench,
  inference: inferenceBench,
  import: importBench,
  service: serviceBench,
  accuracy: accuracyBench,
};

/** Benchmarks that come in pieces, whose results are kept one by one. */
const inPieces: Readonly<Record<string, Bench>> = {
  intervals: intervalsBench,
  limits: limitsBench,
  compress: compressBench,
  fpga: fpgaBench,
  search: searchBench,
  supernet: supernetBench,
  'one-shot': oneShotBench,
  transfer: transferBench,
  networks: networksBench,
  'kernel-transfer': kernelTransferBench,
  cells: cellsBench,
  gpt: gptBench,
  zoo: zooBench,
  emulate: emulateBench,
};

/** Benchmarks that run only if named: they take hours, need a database, or run others. */
const onlyNamed: Readonly<Record<string, Bench>> = {
  faults: faultsBench,
  scale: scaleBench,
  results: resultsBench,
};

/** Benchmarks by name, in the order in which they run. */
const benches: Readonly<Record<string, Bench>> = { ...inOne, ...inPieces, ...onlyNamed };
const divisible = Object.keys(inPieces).join(', ');

const names = Object.keys(benches);

/** Benchmarks that each option for pieces applies to, beside those in pieces; the others would ignore it and run whole. */
const withPieces: Readonly<Record<'list' | 'only' | 'tables' | 'into', readonly string[]>> = {
  list: ['results'],
  only: ['service', 'faults', 'results'],
  tables: [],
  into: ['results'],
};

/** Ends the command if an option for pieces is given for a benchmark that would ignore it. */
function refuseWhole(chosen: readonly string[], options: BenchOptions, command: Command): void {
  for (const option of Object.keys(withPieces) as (keyof typeof withPieces)[]) {
    const known = [...Object.keys(inPieces), ...withPieces[option]];
    const whole = options[option] ? chosen.find((name) => !known.includes(name)) : undefined;
    if (whole !== undefined) {
      command.error(`${whole} does not come in pieces: --${option} is for ${known.join(', ')}`);
    }
  }
}

endIfUnread();
await new Command('bench')
  .description('run benchmarks; without names, all except faults, scale and results')
  .argument('[names...]', names.join(', '))
  .option(
    '--into <folder>',
    `for ${divisible}: folder to keep the results of each piece in; pieces with results are not run again. For results: folder of the pages`,
  )
  .option('--list', `print the names of the pieces and run nothing; for ${divisible}, results`)
  .option(
    '--only <pieces...>',
    'run only these pieces, or those whose names begin with these; print no tables. For service: queries, training, load; for faults: embedded, postgresql, database, fuzz, load',
  )
  .option('--tables', 'run nothing; print the tables of the results in --into')
  .option('--from <folder>', 'for results: make the tables named by --only of results kept in this folder')
  .option('--device <names...>', 'for search: print only the table of learned limits, for these phones')
  .option('--measured <file.csv>', 'for search: measurements of a phone that is not in the data')
  .option('--seconds <seconds>', 'for service: length of the mixed load, s (default: 60)', Number)
  .option(
    '--kills <times>',
    'for faults: kills of the service per store, and of PostgreSQL (default: 100)',
    Number,
  )
  .option(
    '--requests <count>',
    'for faults: requests generated from the OpenAPI description (default: 1,000,000)',
    Number,
  )
  .option('--seed <seed>', 'for faults: seed of those requests (default: 1)', Number)
  .option('--minutes <minutes>', 'for faults: length of the mixed load, min (default: 60)', Number)
  .option('--database <url>', 'for scale: an empty PostgreSQL to fill')
  .option(
    '--factor <share>',
    'for scale: size of the store, relative to 10,000,000 measurements (default: 1)',
    Number,
  )
  .addHelpText(
    'after',
    `
Long benchmarks come in pieces that can run in parallel, or in several calls:
  $ npm run -s bench -- transfer --list | xargs -P 16 -n 5 npm run -s bench -- transfer --into results --only
  $ npm run bench -- transfer --into results

Limits on a phone known from 20 measurements and other devices:
  $ npm run bench -- search --device pixel2 --measured pixel2.csv

How the service survives faults, for hours or only in part; npm test does the same a few times:
  $ npm run bench -- faults
  $ npm run bench -- faults --only embedded postgresql --kills 10

How long each route takes with millions of measurements in the store:
  $ npm run bench -- scale --database postgresql://localhost/scale --factor 0.1

The tables of the results pages that take minutes; then one that takes longer:
  $ npm run bench -- results --into docs/results
  $ npm run bench -- results --into docs/results --only accuracy
  $ npm run bench -- results --into docs/results --only emulate --from results`,
  )
  .action(async (wanted: string[], options: BenchOptions, command: Command) => {
    const unknown = wanted.find((name) => !names.includes(name));
    if (unknown !== undefined) {
      command.error(`there is no benchmark ${unknown}; known are ${names.join(', ')}`);
    }
    const chosen = names.filter((name) => (wanted.length > 0 ? wanted.includes(name) : !(name in onlyNamed)));
    // Without names --into keeps the results of those in pieces, and the others run as ever.
    if (options.from !== undefined && chosen.some((name) => name !== 'results')) {
      command.error('--from is for results');
    }
    refuseWhole(chosen, wanted.length > 0 ? options : { ...options, into: undefined }, command);
    for (const name of chosen) {
      if (!options.list) console.log(`\n${name}`);
      await benches[name](options);
    }
    const none = chosen.every((name) => name in inPieces) ? nameOfNoPiece(options) : undefined;
    if (none !== undefined)
      command.error(`--only: no piece is named ${none}, nor begins with ${none}/; --list names them`);
  })
  .parseAsync();
