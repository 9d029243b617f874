import { version } from '../../base/version.js';
import type { NetworkDataset } from '../../datasets/networks/load.js';
import { readTensorGraph } from '../../onnx/read/read-tensor-graph.js';
import { lowered, type RuntimeLevel } from '../../runtimes/index.js';
import type { KernelsCard } from './card.js';
import { evidenceOf } from './familiarity.js';
import { fitKernels } from './kernels-model.js';
import {
  calibrationByFamilies,
  coverageByFamilies,
  leaveFamiliesOut,
  leftOutFamilyScores,
  leftOutQuantiles,
  multiplesOf,
} from './left-out-families.js';
import { type SavedKernels, saveKernels } from './saved.js';
import type { TimedNetwork } from './timed-network.js';

/** Share of new families' networks that intervals should contain. */
const LEVEL = 0.9;

/** Folder of the probes in a dataset. They share no structure, and are not a family to leave out. */
export const PROBES = 'probes';

/** The kernels of a dataset's networks: those of the profile, or those to which the graph is lowered. */
export async function timedNetworks(
  { networks }: NetworkDataset,
  runtime: RuntimeLevel,
): Promise<TimedNetwork[]> {
  const timed: TimedNetwork[] = [];
  for (const { onnx, family, latencyMs, kernels, graph } of networks) {
    const own = { name: onnx, family, totalUs: 1000 * latencyMs };
    if (kernels.length > 0) {
      timed.push({
        ...own,
        kernels: kernels.map(({ kernel }) => kernel),
        kernelUs: kernels.map(({ us }) => us),
      });
    } else {
      const read = await readTensorGraph(await graph());
      timed.push({ ...own, kernels: lowered(read, runtime).map(({ kernel }) => kernel) });
    }
  }
  return timed;
}

export interface TrainKernelsTask {
  readonly dataset: NetworkDataset;
  readonly networks: readonly TimedNetwork[];
  /** Architectures of a space, measured on the same device, to learn from as well. */
  readonly architectures?: readonly TimedNetwork[];
  /** Kernels of a known device, from which to start. */
  readonly source?: SavedKernels;
  readonly device: string;
  readonly description: string;
  readonly runtime: RuntimeLevel;
  readonly hooks?: { onFamily?(done: number, families: number): void; signal?: AbortSignal };
}

/** Learns a device's kernels, scores and calibrates them on left-out families, and writes their folder. */
export async function trainKernels(folder: string, task: TrainKernelsTask): Promise<KernelsCard> {
  const { dataset, architectures = [], source, device, description, runtime, hooks } = task;
  const networks = [...task.networks, ...architectures];
  const always = new Set([PROBES, ...architectures.map(({ family }) => family)]);
  const left = await leaveFamiliesOut(networks, always, hooks, source?.posterior);
  const known = left.filter(({ familiar }) => familiar);
  const multiples = multiplesOf(left, LEVEL);
  const covered = coverageByFamilies(known, LEVEL);
  const { kinds, rangeUs } = evidenceOf(networks);
  const families: Record<string, number> = {};
  for (const { family } of networks) families[family] = (families[family] ?? 0) + 1;
  const { card, sha256 } = dataset;
  return saveKernels(folder, fitKernels(networks, source?.posterior), {
    format: 'tempograph-kernels/1',
    device,
    description,
    ...runtime,
    data: {
      name: card?.name ?? 'unknown',
      source: card?.source ?? 'unknown',
      licence: card?.licence ?? 'unknown',
      sha256,
      networks: networks.length,
      profiled: networks.filter(({ kernelUs }) => kernelUs !== undefined).length,
      families,
      probes: card?.probes ?? null,
      noise: card?.noise ?? null,
    },
    ...(source && { source: { device: source.card.device, version: source.card.version } }),
    kinds: Object.fromEntries([...kinds].sort(([a], [b]) => a.localeCompare(b))),
    latencyMs: { least: rangeUs[0] / 1000, greatest: rangeUs[1] / 1000 },
    interval: multiples
      ? {
          level: LEVEL,
          ...multiples,
          quantiles: [...leftOutQuantiles(left, multiples)],
          calibration: calibrationByFamilies(left, LEVEL),
          coverage: covered?.coverage ?? null,
          width: covered?.width ?? null,
        }
      : null,
    scores: {
      familiar: leftOutFamilyScores(known),
      unfamiliar: leftOutFamilyScores(left.filter(({ familiar }) => !familiar)),
    },
    versions: { tempograph: version, node: process.versions.node },
    createdAt: new Date().toISOString(),
  });
}
