import { median } from 'simple-statistics';
import type { MeasurementFacts } from '../datasets/card.js';
import type { NetworkDatasetCard } from '../datasets/networks/card.js';
import { keepGraph, strippedGraph } from '../datasets/networks/graphs.js';
import type { TimedKernel } from '../datasets/networks/kernel-table.js';
import { type NetworkProvenance, type WrittenNetwork, writeNetworks } from '../datasets/networks/write.js';
import { shorterChain } from '../onnx/generate/probes/kernel-chains.js';
import type { RuntimeLevel } from '../runtimes/index.js';
import type { NetworkToMeasure } from './campaign.js';
import { chainTimes } from './chain-times.js';
import type { JournalEntry } from './journal.js';
import { kernelTimes, viewsUs } from './kernel-times.js';
import { type MeasurementContext, measurementFacts } from './measurement-facts.js';
import type { NetworkProfile } from './network-profile.js';
import { passNoise } from './pass-noise.js';
import { rounded } from './statistics.js';
import type { CampaignSummary } from './summary.js';

const FURTHER_COLUMNS = [
  'cpu_ms',
  'median_ms',
  'q1_ms',
  'q3_ms',
  'runs',
  'warmups',
  'groups',
  'standard_error',
];

export type MeasuredNetworksProvenance = Omit<
  NetworkProvenance,
  'measurement' | 'method' | 'noise' | 'describe'
> &
  MeasurementContext & {
    readonly device: { readonly id: string; readonly description: string };
    /** Latency of a call that computes nothing, in ms; it belongs to no kernel. */
    readonly callOverheadMs: number;
    /** How the device's kernels follow from a graph; needed for chains of kernels. */
    readonly lowering: RuntimeLevel;
  };

/**
 * Writes a campaign over ONNX files as a dataset: latencies, kernels, graphs that no generator can make, and
 * a card.
 */
export async function writeMeasuredNetworks(
  file: string,
  candidates: readonly NetworkToMeasure[],
  entries: readonly JournalEntry[],
  summary: CampaignSummary,
  provenance: MeasuredNetworksProvenance,
): Promise<NetworkDatasetCard> {
  const { device, callOverheadMs, lowering, name, source, licence, versions, ...context } = provenance;
  const profiles = profilesOf(entries);
  const views = [...profiles.values()].flat().flatMap(viewsUs);
  const usualOverheadUs = views.length > 0 ? median(views) : 0;
  const latencies = new Map(summary.networks.map(({ architecture, latencyMs }) => [architecture, latencyMs]));
  const models = new Map(candidates.map((candidate) => [candidate.architecture, candidate]));
  const networks: WrittenNetwork[] = [];
  for (const measured of summary.networks) {
    const { architecture: onnx, latencyMs } = measured;
    const { graph, sha256 } = strippedGraph((models.get(onnx) as NetworkToMeasure).model());
    await keepGraph(file, { onnx, sha256 }, graph);
    const profile = profiles.get(onnx);
    const computing = Math.max(latencyMs - callOverheadMs, latencyMs / 2);
    const { cpuMs = Number.NaN, median: middle, q1, q3, runs, warmUps, groups, standardError } = measured;
    networks.push({
      onnx,
      sha256,
      device: device.id,
      latencyMs: rounded(latencyMs),
      further: [cpuMs, middle, q1, q3, runs, warmUps, groups, standardError].map(rounded),
      kernels: profile
        ? kernelTimes(profile, computing, usualOverheadUs)
        : await chained(onnx, graph, latencyMs - callOverheadMs, { latencies, callOverheadMs, lowering }),
    });
  }
  const measurement: MeasurementFacts = measurementFacts(summary, context);
  return writeNetworks(file, networks, FURTHER_COLUMNS, {
    name,
    source,
    licence,
    versions,
    method: 'measured',
    noise: passNoise(summary.networks.map(({ groupsMs }) => groupsMs)),
    measurement,
    describe: () => device.description,
  });
}

/** Kernel times of a chain whose half-length version was measured too; none for other networks. */
async function chained(
  onnx: string,
  graph: Uint8Array,
  longerMs: number,
  {
    latencies,
    callOverheadMs,
    lowering,
  }: { latencies: ReadonlyMap<string, number>; callOverheadMs: number; lowering: RuntimeLevel },
): Promise<TimedKernel[]> {
  const shorter = shorterChain(onnx);
  const shorterMs = shorter && latencies.get(shorter.onnx);
  if (shorter === undefined || shorterMs === undefined) return [];
  return chainTimes(graph, shorter.copies, { shorterMs: shorterMs - callOverheadMs, longerMs }, lowering);
}

function profilesOf(entries: readonly JournalEntry[]): Map<string, NetworkProfile[]> {
  const profiles = new Map<string, NetworkProfile[]>();
  for (const entry of entries) {
    if (entry.kind !== 'profile') continue;
    profiles.set(entry.architecture, [...(profiles.get(entry.architecture) ?? []), { nodes: entry.nodes }]);
  }
  return profiles;
}
