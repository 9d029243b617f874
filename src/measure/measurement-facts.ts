import { quantile } from 'simple-statistics';
import type { MeasurementFacts } from '../datasets/card.js';
import { DISAGREEMENT, type MeasurementProtocol } from './campaign.js';
import { DRIFT_TOLERANCE } from './drift.js';
import { rounded } from './statistics.js';
import { type CampaignSummary, otherMetrics } from './summary.js';

/** How a campaign was carried out, for its card. */
export type MeasurementContext = Pick<
  MeasurementFacts,
  'machine' | 'runtime' | 'startedAt' | 'finishedAt'
> & {
  readonly protocol: MeasurementProtocol;
  /** How a group of runs is made, in words. */
  readonly groupRules: string;
  /** Name of the reference network. */
  readonly reference: string;
};

/** A card's facts about how latencies were measured, and how certain they are. */
export function measurementFacts(
  summary: CampaignSummary,
  { machine, runtime, protocol, groupRules, reference, startedAt, finishedAt }: MeasurementContext,
): MeasurementFacts {
  const { networks, failures, drift, interrupted, unsettled } = summary;
  const errors = networks.map(({ standardError }) => standardError).filter(Number.isFinite);
  const error = (share: number) => (errors.length > 0 ? rounded(quantile(errors, share)) : null);
  return {
    machine,
    runtime,
    protocol: { ...protocol, description: describe(protocol, groupRules, otherMetrics(summary)) },
    drift: {
      reference,
      baselineMs: rounded(drift.baselineMs),
      rounds: drift.rounds.map(({ round, references, least, median, greatest }) => ({
        round: round + 1,
        references,
        least: rounded(least),
        median: rounded(median),
        greatest: rounded(greatest),
      })),
    },
    standardError: { median: error(0.5), p90: error(0.9) },
    interruptedRuns: rounded(interrupted),
    unsettledGroups: rounded(unsettled),
    remeasured: networks.filter(({ groups }) => groups > protocol.rounds).length,
    failed: failures.size,
    startedAt,
    finishedAt,
  };
}

function describe(protocol: MeasurementProtocol, groupRules: string, others: readonly string[]): string {
  const { runs, rounds, extraRounds, block, interleaved, profiles } = protocol;
  const perGroup = Math.ceil(runs / rounds);
  const head =
    `${rounds} rounds through all networks, each in another order; in each a group of ${perGroup} runs ` +
    `(${groupRules}); the model is loaded anew each time; `;
  const drift = interleaved
    ? "times are brought to the lower quartile of the reference's; "
    : `a reference network before every ${block} networks and ` +
      `at each round's end; where its latency, the median of three neighbouring measurements, is more than ${100 * DRIFT_TOLERANCE} % off its ` +
      `median, runs are divided by that ratio, interpolated in time; interquartile mean inside each group, `;
  const over =
    `then over the groups; up to ${extraRounds} more groups for a network ` +
    `whose groups' quartiles are more than ${100 * DISAGREEMENT} % of their median apart`;
  const kernels = profiles
    ? `; in ${profiles} rounds every node's time by onnxruntime's profiler in a session of its own, less the median of ` +
      "the network's views, as shares of the latency"
    : '';
  const beside =
    others.length > 0
      ? `; ${others.join(', ')} as the runner printed it: interquartile mean inside each group and over the groups, not corrected`
      : '';
  return `${head}${drift}${interleaved ? 'interquartile mean over the groups' : over}${kernels}${beside}`;
}
