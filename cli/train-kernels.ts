import { basename } from 'node:path';
import { loadSamples } from '../src/datasets/load.js';
import { loadNetworks } from '../src/datasets/networks/load.js';
import type { Duplicates } from '../src/datasets/repeats.js';
import { connectedOnly } from '../src/datasets/samples.js';
import type { KernelsCard } from '../src/predictors/kernels/card.js';
import { findKernels } from '../src/predictors/kernels/find.js';
import { holdsKernels } from '../src/predictors/kernels/kernels-folder.js';
import { loadKernels, type SavedKernels } from '../src/predictors/kernels/saved.js';
import { timedArchitectures } from '../src/predictors/kernels/space-kernels.js';
import type { TimedNetwork } from '../src/predictors/kernels/timed-network.js';
import { timedNetworks, trainKernels } from '../src/predictors/kernels/train.js';
import { shippedModels } from '../src/predictors/saved/model-folder.js';
import { DEFAULT_RUNTIME, type RuntimeLevel } from '../src/runtimes/index.js';
import { spaceNamed } from '../src/spaces/registry.js';
import { warnOfCoverage } from './coverage.js';
import { BY_HAND, interruptible } from './interruptible.js';
import { prepareFolder } from './output-file.js';
import { percent } from './percent.js';
import { countBar } from './progress.js';
import { readingLine } from './provenance.js';

export interface TrainKernelsFlags {
  data: string;
  device: string;
  out: string;
  runtime?: string;
  level?: string;
  architectures?: string;
  /** A device whose kernels are known, or the folder of its predictor. */
  source?: string;
  /** Space of the architectures. */
  space?: string;
  /** How repeated architectures are handled. */
  duplicates?: Duplicates;
  json?: boolean;
}

/** Learns a device's kernels from measured ONNX networks; prints the card or a summary. */
export async function trainOnNetworks(flags: TrainKernelsFlags): Promise<void> {
  const { runtime = DEFAULT_RUNTIME.runtime, level = DEFAULT_RUNTIME.level } = flags;
  await prepareFolder(flags.out, '--out');
  const dataset = await loadNetworks(flags.data, flags.device);
  const networks = await timedNetworks(dataset, { runtime, level });
  const architectures = await measuredArchitectures(flags, { runtime, level });
  const source = await knownDevice(flags.source);
  const bar = countBar('fits without one family each');
  const started = process.cpuUsage();
  const train = (signal: AbortSignal) =>
    trainKernels(flags.out, {
      dataset,
      networks,
      architectures,
      source,
      device: flags.device,
      description: dataset.card?.devices.find(({ id }) => id === flags.device)?.description ?? flags.device,
      runtime: { runtime, level },
      hooks: { signal, onFamily: (done, families) => bar.update(done, families) },
    });
  const card = await interruptible(train, BY_HAND).finally(() => bar.stop());
  if (flags.json) console.log(JSON.stringify(card, null, 2));
  else console.log(summary(flags.out, card, process.cpuUsage(started).user / 1e6));
  const { interval, scores } = card;
  if (interval && scores.familiar) {
    warnOfCoverage('familiar networks', {
      coverage90: interval.coverage ?? undefined,
      samples: scores.familiar.networks,
    });
  }
}

async function knownDevice(source: string | undefined): Promise<SavedKernels | undefined> {
  if (source === undefined) return undefined;
  return holdsKernels(source) ? loadKernels(source) : findKernels(shippedModels, source);
}

/** Architectures of a space that were measured on the same device. */
async function measuredArchitectures(
  { architectures: file, space: name, device, duplicates }: TrainKernelsFlags,
  runtime: RuntimeLevel,
): Promise<TimedNetwork[]> {
  if (file === undefined || name === undefined) return [];
  const space = spaceNamed(name);
  const loaded = await loadSamples(file, { space, device, duplicates });
  console.error(readingLine(space, loaded, duplicates));
  return timedArchitectures(space, connectedOnly(space, loaded), runtime, loaded.card?.deadOperations);
}

function summary(
  folder: string,
  { device, runtime, level, version, data, kinds, source, interval, scores }: KernelsCard,
  seconds: number,
): string {
  const lines = [
    `${folder}: kernels of ${runtime} (${level}) on ${device}, version ${version}, ${data.networks} networks of ${basename(data.name)} (${data.profiled} with the times of their kernels), ${Object.keys(kinds).length} kinds of kernels${source ? `, from what is known of ${source.device}` : ''}, ${seconds.toFixed(1)} s`,
  ];
  for (const [which, of] of Object.entries(scores)) {
    if (!of) continue;
    lines.push(
      `${which} networks of left-out families (${of.networks}): ±10 % ${percent(of.within10)}, MAPE ${percent(of.mape)}, Spearman ${of.spearman.toFixed(3)}`,
    );
  }
  if (data.noise) {
    lines.push(
      `the measurement against itself: ±10 % ${percent(data.noise.within10)}, MAPE ${percent(data.noise.mape)}`,
    );
  }
  lines.push(
    interval === null
      ? 'no intervals: fewer than five families were measured'
      : `90 % intervals by left-out families${interval.coverage === null ? '' : `: they cover ${percent(interval.coverage)} of the familiar ones, on average ${percent(interval.width ?? 0)} of the prediction wide`}`,
  );
  return lines.join('\n');
}
