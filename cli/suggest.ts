import { type Command, Option } from 'commander';
import { InputError } from '../src/base/errors.js';
import type { Coverage } from '../src/predictors/coverage.js';
import { readModelCard } from '../src/predictors/saved/saved.js';
import { loadTarget, type TargetDevice } from '../src/predictors/transfer/target.js';
import {
  SUGGESTION_CANDIDATES,
  SUGGESTION_STRATEGIES,
  type SuggestionStrategy,
} from '../src/predictors/transfer/transfer.js';
import { spaceNamed } from '../src/spaces/registry.js';
import type { SearchSpace } from '../src/spaces/space.js';
import { integer, spaceOption } from './options.js';
import { learnSources, readSources, type SourceFlags, sourceOptions } from './sources.js';

interface SuggestFlags extends SourceFlags {
  count: number;
  strategy: SuggestionStrategy;
  model?: string;
  target?: string[];
  device?: string;
  json?: boolean;
}

/** `tempograph suggest`: what to measure next on a new device. */
export function registerSuggest(command: Command): void {
  command
    .addOption(spaceOption())
    .option('--count <n>', 'number of architectures to suggest', integer('count', 1), 10)
    .option(
      '--device <name>',
      'the new device, if it has measurements already: they are taken into account and not suggested again',
    )
    .option('--target <file...>', 'latency CSVs with those measurements (default: the files in --data)')
    .addOption(
      new Option('--strategy <name>', 'how architectures are chosen, see below')
        .choices(SUGGESTION_STRATEGIES)
        .default('reference'),
    )
    .option(
      '--model <folder>',
      'with --strategy uncovered: folder of a predictor whose card says what it was trained on',
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Prints one architecture per line, the most useful first. Strategies:
  reference   those that most reduce the expected error over the whole space, for devices that differ as the sources do
  uncertain   the least certain one at a time, given those already chosen
  diverse     as far apart as possible
  random      drawn at random
  uncovered   those with the options measured least often, according to --target or the card of --model
Without --data nothing is known about other devices, and architectures are compared by operation counts only.

Examples:
  $ tempograph suggest --data sources.csv.gz --space nasbench201 --count 10
  $ tempograph suggest --data sources.csv.gz --target measured.csv --device new_board --count 10 --json
  $ tempograph suggest --strategy uncovered --model models/board --count 10`,
    )
    .action(runSuggest);
  for (const option of sourceOptions()) command.addOption(option);
}

async function runSuggest(flags: SuggestFlags): Promise<void> {
  const { count, strategy, seed } = flags;
  if (count > SUGGESTION_CANDIDATES) {
    throw new InputError(`${count} is more than the ${SUGGESTION_CANDIDATES} networks considered`, {
      field: '--count',
    });
  }
  const space = spaceNamed(flags.space);
  const coverage = await coverageBy(space, flags);
  const known = await measuredOn(space, flags);
  const device = known?.device ?? null;
  const measuredBefore = known?.samples.architectures ?? [];
  const sources = await readSources(space, flags, known?.device);
  const deadOperations = flags.deadOps ?? known?.deadOperations ?? 'timed';
  const transfer = await learnSources(space, sources, deadOperations, flags);
  try {
    const chosen = await transfer.suggest({ count, strategy, seed, measured: measuredBefore, coverage });
    const architectures = chosen.map((architecture) => space.format(architecture));
    if (flags.json) {
      const report = { device, strategy, measured: measuredBefore.length, architectures };
      console.log(JSON.stringify(report, null, 2));
    } else {
      for (const architecture of architectures) console.log(architecture);
    }
  } finally {
    await transfer.release();
  }
}

/** The measurements of the device, from --target or --data. */
async function measuredOn(space: SearchSpace, flags: SuggestFlags): Promise<TargetDevice | undefined> {
  const { device, target, data = [] } = flags;
  if (target !== undefined) return loadTarget(target, { ...flags, space });
  if (device === undefined) return undefined;
  let problem = new InputError('name the file with its measurements: --target', {
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

/** How often each option was measured for the predictor in --model. */
async function coverageBy(
  space: SearchSpace,
  { model, strategy }: SuggestFlags,
): Promise<Coverage | undefined> {
  if (model === undefined) return undefined;
  const field = '--model';
  if (strategy !== 'uncovered') throw new InputError('is for --strategy uncovered', { field });
  const card = await readModelCard(model);
  if (card.space !== space.name) {
    throw new InputError(`is of ${card.space}, not of ${space.name}; name that with --space`, { field });
  }
  const { coverage } = card;
  if (!coverage)
    throw new InputError('its card does not say what it was trained on; train it again', { field });
  const slots = coverage.map(({ slot, options }) => ({ name: slot, options }));
  if (JSON.stringify(slots) === JSON.stringify(space.slots.map(({ name, options }) => ({ name, options })))) {
    return coverage;
  }
  throw new InputError(`is of another version of ${space.name}`, { field });
}
