import { type Command, Option } from 'commander';
import { InputError } from '../src/base/errors.js';
import { Random } from '../src/base/random.js';
import { createBasis } from '../src/predictors/transfer/basis.js';
import { choose, STRATEGIES, type Strategy } from '../src/predictors/transfer/selection.js';
import { SharedPredictor } from '../src/predictors/transfer/shared-predictor.js';
import { spaceNamed } from '../src/spaces/registry.js';
import type { Architecture, SearchSpace } from '../src/spaces/space.js';
import { integer, spaceOption } from './options.js';
import { readSources, type SourceFlags, sharedModelOf, sourceOptions } from './sources.js';
import { loadTarget, type TargetDevice } from './target.js';

interface SuggestFlags extends SourceFlags {
  count: number;
  strategy: Strategy;
  target?: string[];
  device?: string;
  json?: boolean;
}

/** Architectures of the space that are weighed against each other. */
const CANDIDATES = 1000;

/** `tempograph suggest`: what to measure next on a new device. */
export function registerSuggest(program: Command): void {
  const command = program
    .command('suggest')
    .description('say which architectures to measure next on a new device')
    .addOption(spaceOption())
    .option('--count <n>', 'how many', integer('count', 1), 10)
    .option(
      '--device <name>',
      "a device that has measurements already: they count, and aren't suggested again",
    )
    .option('--target <file...>', 'latency CSVs with those measurements (default: among --data)')
    .addOption(
      new Option('--strategy <name>', 'how they are chosen').choices(STRATEGIES).default('reference'),
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Prints one architecture per line, the most useful first. Strategies:
  reference   lowers the expected error over the whole space the most, for devices that differ as the sources do
  uncertain   what is least known, one after the other
  diverse     as far apart as can be
  random      as the seed falls
Without --data nothing is known of other devices, and operation counts alone tell architectures apart.

Examples:
  $ tempograph suggest --data sources.csv.gz --space nasbench201 --count 10
  $ tempograph suggest --data sources.csv.gz --target measured.csv --device new_board --count 10 --json`,
    )
    .action(runSuggest);
  for (const option of sourceOptions()) command.addOption(option);
}

async function runSuggest(flags: SuggestFlags): Promise<void> {
  const { count, strategy, seed } = flags;
  if (count > CANDIDATES) {
    throw new InputError(`${count} is more than the ${CANDIDATES} networks that are weighed`, {
      field: '--count',
    });
  }
  const space = spaceNamed(flags.space);
  const known = await measuredOn(space, flags);
  const device = known?.device ?? null;
  const measuredBefore = known?.samples.architectures ?? [];
  const sources = await readSources(space, flags, known?.device);
  const shared =
    sources.length > 0
      ? await SharedPredictor.create(await sharedModelOf(space, sources, flags), flags.threads)
      : undefined;
  try {
    const basis = await createBasis(space, flags.deadOps ?? known?.deadOperations ?? 'timed', shared);
    const candidates = candidatesOf(space, measuredBefore, seed);
    const columns = await basis.columns(candidates);
    const measured = [...measuredBefore.keys()];
    const chosen = choose(basis, columns, { strategy, count, seed, measured }).map((i) =>
      space.format(candidates[i]),
    );
    if (flags.json) {
      const report = { device, strategy, measured: measured.length, architectures: chosen };
      console.log(JSON.stringify(report, null, 2));
    } else {
      for (const architecture of chosen) console.log(architecture);
    }
  } finally {
    await shared?.release();
  }
}

/** What has been measured on the device, wherever it says. */
async function measuredOn(space: SearchSpace, flags: SuggestFlags): Promise<TargetDevice | undefined> {
  const { device, target, data = [] } = flags;
  if (target !== undefined) return loadTarget(target, { ...flags, space });
  if (device === undefined) return undefined;
  let problem = new InputError('name the file that has its measurements with --target', {
    field: '--device',
  });
  for (const file of data.map((file) => file.replace(/:(timed|pruned)$/, ''))) {
    try {
      return await loadTarget([file], { ...flags, space });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problem = error;
    }
  }
  throw problem;
}

/** The measured architectures first, then others of the space, drawn with the seed. */
function candidatesOf(space: SearchSpace, measured: readonly Architecture[], seed: number): Architecture[] {
  const random = new Random(seed);
  const candidates = [...measured];
  const seen = new Set(measured.map((a) => space.format(a)));
  const wanted = measured.length + Math.min(CANDIDATES, space.size - measured.length);
  for (let tries = 0; candidates.length < wanted && tries < 20 * CANDIDATES; tries++) {
    const architecture = space.sample(random);
    const key = space.format(architecture);
    if (seen.has(key) || !space.isConnected(architecture)) continue;
    seen.add(key);
    candidates.push(architecture);
  }
  return candidates;
}
