import { InputError, quote } from '../base/errors.js';
import { JsonLinesFile, readJsonLines } from '../base/json-lines.js';
import { outputCount } from './columns.js';
import { spaceFilling } from './design.js';
import { checkRuns, FEWEST_RUNS, type Runs, withLogs } from './runs.js';
import type { Simulator, SimulatorOutput } from './simulator.js';

export interface RunsTask {
  readonly simulator: Simulator;
  /** Names of inputs and outputs that are taken as logarithms. */
  readonly logs?: readonly string[];
  readonly runs: number;
  readonly seed: number;
  /** Number of runs at the same time. */
  readonly parallel: number;
  /** File in which each run is kept as soon as it is made. The next call with the same simulator and seed reuses it. */
  readonly journal: string;
  readonly signal?: AbortSignal;
  /** Called with the number of runs done, failed ones included; the first call counts those of earlier calls. */
  onProgress?(done: number, runs: number, failed: number): void;
}

/** A run in the journal. */
type Entry = { readonly index: number } & ({ readonly y: readonly number[] } | { readonly error: string });

/** A line of the journal after its head: a run, or the outputs of all runs. */
type Line = Entry | { readonly outputs: readonly SimulatorOutput[] };

/**
 * Runs a simulator at points that fill its box evenly. Runs that failed in an earlier call are tried again.
 *
 * @throws InputError if too few runs gave an answer, naming why one failed, or if the journal is of another
 *   simulator; the signal's reason
 */
export async function makeRuns(task: RunsTask): Promise<{ runs: Runs; failed: number }> {
  const { simulator, runs: wanted, seed, parallel, signal } = task;
  const { name, inputs } = simulator;
  const head = { format: 'tempograph-runs/1', simulator: name, inputs, seed };
  const { values, bytes } = readJsonLines(task.journal);
  const known = values as unknown[];
  if (known.length > 0) mustEqual(known[0], head, task.journal);
  const journal = JsonLinesFile.open(task.journal, bytes);
  const at = spaceFilling(inputs, seed);
  const entries = new Map<number, Entry>();
  const failed = () => [...entries.values()].filter((entry) => 'error' in entry).length;
  let outputs: readonly SimulatorOutput[] | undefined;
  try {
    if (known.length === 0) journal.append(head);
    for (const line of known.slice(1) as Line[]) {
      if ('outputs' in line) outputs = line.outputs;
      else if ('y' in line && line.index < wanted) entries.set(line.index, line);
    }
    const tell = () => task.onProgress?.(entries.size, wanted, failed());
    tell();
    const left = Array.from({ length: wanted }, (_, index) => index).filter((index) => !entries.has(index));
    let next = 0;
    const worker = async () => {
      while (next < left.length) {
        const index = left[next++];
        signal?.throwIfAborted();
        const entry = await entryOf(simulator, at(index), index, signal);
        if (!outputs && simulator.outputs) {
          outputs = simulator.outputs;
          journal.append({ outputs });
        }
        journal.append(entry);
        entries.set(index, entry);
        tell();
        // A built-in simulator computes without a break; this lets signals through.
        await new Promise(setImmediate);
      }
    };
    const workers = Array.from({ length: parallel }, () =>
      worker().catch((error) => {
        next = left.length;
        throw error;
      }),
    );
    // If one fails, the others' runs are still written.
    await Promise.allSettled(workers);
    await Promise.all(workers);
  } finally {
    journal.close();
  }
  return { runs: runsOf(task, outputs ?? [], entries, at), failed: failed() };
}

async function entryOf(
  simulator: Simulator,
  x: readonly number[],
  index: number,
  signal: AbortSignal | undefined,
): Promise<Entry> {
  try {
    const y = [...(await simulator.run(x, signal))];
    const bad = y.findIndex((value) => !Number.isFinite(value));
    return bad < 0 ? { index, y } : { index, error: `output ${bad + 1} is ${y[bad]}` };
  } catch (error) {
    signal?.throwIfAborted();
    return { index, error: (error as Error).message };
  }
}

function runsOf(
  { simulator, logs }: RunsTask,
  outputs: readonly SimulatorOutput[],
  entries: ReadonlyMap<number, Entry>,
  at: (index: number) => number[],
): Runs {
  const made = [...entries.values()].sort((a, b) => a.index - b.index);
  const good = made.flatMap((entry) => ('y' in entry ? [entry] : []));
  if (good.length < FEWEST_RUNS) {
    const failure = made.find((entry) => 'error' in entry);
    const why = failure && 'error' in failure ? `; run ${failure.index + 1} failed: ${failure.error}` : '';
    throw new InputError(
      `${good.length} of ${made.length} runs gave an answer, too few to learn from: at least ${FEWEST_RUNS} are needed${why}`,
    );
  }
  const width = outputCount(outputs);
  const other = good.find(({ y }) => y.length !== width);
  if (other) {
    throw new InputError(
      `run ${other.index + 1} gave ${other.y.length} numbers, but its outputs have ${width}`,
    );
  }
  const runs: Runs = {
    inputs: withLogs(simulator.inputs, logs),
    outputs: withLogs(outputs, logs),
    count: good.length,
    x: Float64Array.from(good.flatMap(({ index }) => at(index))),
    y: Float64Array.from(good.flatMap(({ y }) => y)),
  };
  checkRuns(runs);
  return runs;
}

/** Checks that a journal is of the same simulator, inputs and seed. */
function mustEqual(found: unknown, head: object, file: string): void {
  const then = (typeof found === 'object' && found !== null ? found : {}) as Record<string, unknown>;
  for (const [field, now] of Object.entries(head)) {
    if (JSON.stringify(then[field]) === JSON.stringify(now)) continue;
    throw new InputError(
      `its runs are of ${quote(JSON.stringify(then[field]))}, but now it is ${quote(JSON.stringify(now))}; give the same options again, or another folder`,
      { file, field },
    );
  }
}
