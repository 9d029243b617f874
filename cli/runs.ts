import type { Command } from 'commander';
import { stringify } from 'csv-stringify/sync';
import { InputError } from '../src/base/errors.js';
import { writeOutput } from '../src/base/write-output.js';
import { meanAndStd, plusMinus } from '../src/predictors/metrics.js';
import { logsIn } from '../src/search/logs-in.js';
import { meanCurve } from '../src/search/report/curve.js';
import { type RunSummary, summariseRun } from '../src/search/report/run-summary.js';
import { trialRows } from '../src/search/report/trial-rows.js';
import { readRun } from '../src/search/run-log.js';
import { merit } from '../src/search/trial.js';
import { prepareOutput } from './output-file.js';
import { plainTable } from './table.js';

interface RunsFlags {
  json?: boolean;
  plot?: string;
  trials?: string;
}

const TRIAL_COLUMNS = ['log', 'number', 'round', 'arch', 'reason', 'accuracy', 'reward', 'seconds', 'error'];

type NamedRun = RunSummary & { readonly file: string };

/** `tempograph runs`: compares the logs of searches. */
export function registerRuns(command: Command): void {
  command
    .argument('<log...>', 'files written by `tempograph search --log`, or folders of them')
    .option('--plot <file.svg>', 'plot best accuracy against trained networks, a line per strategy')
    .option('--trials <file.csv>', 'write every trial of every log, including failed ones')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Runs that differ only in their seed are averaged. To continue an unfinished run, repeat its command with --resume.

Example:
  $ tempograph runs runs/ --plot compared.svg
  $ tempograph runs runs/brp-1.jsonl --trials trials.csv`,
    )
    .action(listRuns);
}

async function listRuns(paths: string[], flags: RunsFlags): Promise<void> {
  const files = (await Promise.all(paths.map(logsIn))).flat();
  if (files.length === 0) throw new InputError(`there is no log (*.jsonl) in ${paths.join(', ')}`);
  const records = files.map((file) => ({ file, record: readRun(file) }));
  const runs = records.map(({ file, record }): NamedRun => ({ file, ...summariseRun(record) }));
  const groups = byTask(runs);
  if (flags.plot !== undefined) {
    const { curvePlot } = await import('../src/search/report/curve-plot.js');
    const curves = [...groups].map(([name, group]) => ({
      name,
      points: meanCurve(group.map((r) => r.curve)),
    }));
    await prepareOutput(flags.plot, '--plot');
    const subtitle = `${runs.length} runs on ${[...new Set(runs.map(({ task }) => String(task.space)))].join(', ')}`;
    await writeOutput(flags.plot, curvePlot({ title: 'Best accuracy so far', subtitle, curves }));
  }
  if (flags.trials !== undefined) {
    await prepareOutput(flags.trials, '--trials');
    const rows = records.flatMap(({ file, record }) =>
      trialRows(record).map((row) => ({ log: file, ...row })),
    );
    await writeOutput(flags.trials, stringify(rows, { header: true, columns: TRIAL_COLUMNS }));
  }
  if (flags.json) {
    console.log(JSON.stringify({ runs }, null, 2));
    return;
  }
  const head = ['log', 'strategy', 'seed', 'trained', 'failed', 'best %', 'at', 'network'];
  const table = plainTable(head);
  for (const { file, task, trained, known, failed, best } of runs) {
    table.push([
      file,
      String(task.strategy),
      String(task.seed),
      `${trained} of ${String(task.budget)}${known > 0 ? `, ${known} known` : ''}`,
      failed,
      best?.accuracy.toFixed(3) ?? '-',
      best?.number ?? '-',
      best?.arch ?? '-',
    ]);
  }
  console.log(table.toString());
  for (const [name, group] of groups) {
    const done = group.filter(({ best }) => best !== undefined);
    if (done.length < 2) continue;
    const bests = meanAndStd(done.map(({ best }) => merit(best!)));
    const what = done.some(({ best }) => best!.reward !== undefined) ? 'reward' : 'accuracy';
    console.log(`${name}: best ${what} ${plusMinus(bests, 3)} over ${done.length} runs`);
  }
}

/** Runs that differ only in their seed, by strategy; numbered if a strategy ran on several tasks. */
function byTask(runs: readonly NamedRun[]): Map<string, NamedRun[]> {
  const tasks = new Map<string, NamedRun[]>();
  for (const run of runs) {
    const { seed: _, ...task } = run.task;
    const key = JSON.stringify(task);
    tasks.set(key, [...(tasks.get(key) ?? []), run]);
  }
  const named = new Map<string, NamedRun[]>();
  for (const group of tasks.values()) {
    const name = String(group[0].task.strategy);
    let number = 1;
    const unique = () => (number === 1 ? name : `${name} (${number})`);
    while (named.has(unique())) number++;
    named.set(unique(), group);
  }
  return named;
}
