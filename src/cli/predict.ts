import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import Table from 'cli-table3';
import type { Command } from 'commander';
import { stringify } from 'csv-stringify/sync';
import { InputError, quote } from '../errors.js';
import { listModels, shippedModels } from '../predictors/model-folder.js';
import { loadPredictor, type SavedPredictor } from '../predictors/saved.js';
import type { Architecture } from '../spaces/space.js';

interface PredictFlags {
  device?: string;
  model?: string;
  models: string;
  file?: string;
  json?: boolean;
  csv?: boolean;
}

type Prediction =
  | { architecture: string; latencyMs: number; modelVersion: string }
  | { architecture: string; error: string };

/** `tempograph predict`: latencies from the command line, a file or standard input. */
export function registerPredict(program: Command): void {
  program
    .command('predict')
    .description('predict latencies of architectures')
    .argument('[architecture...]', "canonical strings; none, or '-', reads one per line from standard input")
    .option('--device <name>', 'device with a trained predictor (see `tempograph devices`)')
    .option('--model <folder>', "a predictor's folder, instead of --device")
    .option('--models <folder>', 'folder of predictors', shippedModels)
    .option('--file <file>', 'read one architecture per line from a file')
    .option('--json', 'print JSON')
    .option('--csv', 'print CSV')
    .addHelpText(
      'after',
      `
Examples:
  $ tempograph predict --device pixel3 '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|skip_connect~2|'
  $ tempograph predict --model models/my_board --file cells.txt --csv > latencies.csv
  $ generate-cells | tempograph predict --device titanxp_1 --json`,
    )
    .action(runPredict);
}

async function runPredict(given: string[], flags: PredictFlags): Promise<void> {
  const predictor = await open(flags);
  const strings = await architecturesFrom(given, flags.file);
  if (strings.length === 0) throw new InputError('no architecture was given');
  const predictions = await predictAll(predictor, strings);
  await predictor.release();
  const { card } = predictor;
  if (flags.json) {
    const { unit, batchSize, precision } = card.latency;
    console.log(JSON.stringify({ predictions, device: card.device, unit, batchSize, precision }, null, 2));
  } else if (flags.csv) {
    const columns = ['architecture', 'latencyMs', 'modelVersion', 'error'];
    process.stdout.write(stringify(predictions, { header: true, columns }));
  } else {
    const table = new Table({
      head: ['architecture', `${card.device}, ms`],
      style: { head: [], border: [] },
    });
    for (const p of predictions) table.push([p.architecture, 'error' in p ? '—' : p.latencyMs.toFixed(3)]);
    console.log(table.toString());
    for (const p of predictions) if ('error' in p) console.error(p.error);
    const accuracy = card.scores.test
      ? `, ±10 % for ${(100 * card.scores.test.within10).toFixed(1)} % of test networks`
      : '';
    console.log(
      `${card.description}, batch ${card.latency.batchSize ?? 'size unknown'}; version ${card.version}${accuracy}`,
    );
  }
  if (predictions.some((p) => 'error' in p)) process.exitCode = 1;
}

async function open({ device, model, models }: PredictFlags): Promise<SavedPredictor> {
  if (model !== undefined) return loadPredictor(model);
  const entries = (await listModels(models)).filter((entry) => 'card' in entry);
  const found = entries.find(({ card }) => card.device === device);
  if (found) return loadPredictor(found.folder);
  const known = entries.map(({ card }) => card.device).join(', ') || `none in ${models}`;
  const problem =
    device === undefined ? 'name a --device or a --model' : `there is no predictor for ${quote(device)}`;
  throw new InputError(`${problem}; devices with one: ${known}`, { field: '--device' });
}

async function architecturesFrom(given: readonly string[], file: string | undefined): Promise<string[]> {
  const lines = (content: string) =>
    content
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '');
  if (file !== undefined) {
    const content = await readFile(file, 'utf8').catch(() => {
      throw new InputError('cannot be read', { file });
    });
    return lines(content);
  }
  if (given.length > 0 && given[0] !== '-') return [...given];
  return lines(await text(process.stdin));
}

/** Bad architectures are reported one by one; the others are predicted. */
async function predictAll(predictor: SavedPredictor, strings: readonly string[]): Promise<Prediction[]> {
  const architectures: Architecture[] = [];
  const problems = new Map<number, string>();
  strings.forEach((string, i) => {
    try {
      architectures.push(predictor.space.parse(string));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.set(i, error.message);
    }
  });
  const latencyMs = (await predictor.predict(architectures)).values();
  return strings.map((architecture, i) => {
    const error = problems.get(i);
    if (error !== undefined) return { architecture, error };
    return { architecture, latencyMs: latencyMs.next().value!, modelVersion: predictor.card.version };
  });
}
