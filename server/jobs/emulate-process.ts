// Learns an emulator in a process of its own, so that the service keeps answering.
import { join } from 'node:path';
import { EMULATOR_ARCHITECTURES } from '../../src/emulate/architecture.js';
import type { EmulatorCard } from '../../src/emulate/card.js';
import { outputList } from '../../src/emulate/columns.js';
import { makeRuns } from '../../src/emulate/make-runs.js';
import { type Runs, readRuns } from '../../src/emulate/runs.js';
import { simulatorNamed } from '../../src/emulate/simulators/registry.js';
import { trainEmulator } from '../../src/emulate/train.js';
import { asChild, type Say } from './child-process.js';
import { type EmulateProgress, type EmulateTask, JOURNAL_FILE, SENT_RUNS_FILE } from './emulate-task.js';

const RUNS = 500;

await asChild(emulate);

async function emulate(task: EmulateTask, folder: string, say: Say<EmulateProgress>): Promise<EmulatorCard> {
  const { name, simulator, seed = 1, steps, architecture = 'fixed', parallel } = task;
  const update = EMULATOR_ARCHITECTURES[architecture];
  const { runs, failed } = await runsOf(task, folder, say);
  const description =
    simulator === undefined
      ? 'emulator of runs that were sent to this service'
      : simulatorNamed(simulator).description;
  return trainEmulator(
    folder,
    {
      name,
      description,
      source: simulator ?? 'sent to this service',
      runs,
      failed,
      options: { seed, update, parallel, ...(steps === undefined ? {} : { steps }) },
    },
    { onProgress: (trained) => void say({ trained }) },
  );
}

async function runsOf(
  { simulator, runs = RUNS, seed = 1, log: logs = [], inputs = [], outputs = '' }: EmulateTask,
  folder: string,
  say: Say<EmulateProgress>,
): Promise<{ runs: Runs; failed: number }> {
  if (simulator === undefined) {
    const choice = { inputs, outputs: outputList(outputs, 'outputs'), logs };
    return { runs: await readRuns([join(folder, SENT_RUNS_FILE)], choice), failed: 0 };
  }
  return makeRuns({
    simulator: simulatorNamed(simulator),
    logs,
    runs,
    seed,
    parallel: 1,
    journal: join(folder, JOURNAL_FILE),
    onProgress: (done, of, failed) => void say({ runs: done, of, failed }),
  });
}
