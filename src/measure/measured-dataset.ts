import { quantile } from 'simple-statistics';
import type { DatasetCard, MeasurementFacts } from '../datasets/card.js';
import { SampleTable } from '../datasets/sample-table.js';
import { type Provenance, writeDataset } from '../datasets/write.js';
import { LATENCY } from '../metrics/metric.js';
import type { SearchSpace } from '../spaces/space.js';
import { DISAGREEMENT, type MeasurementProtocol } from './campaign.js';
import { DRIFT_TOLERANCE } from './drift.js';
import type { CampaignSummary } from './summary.js';

const FURTHER_COLUMNS = ['median_ms', 'q1_ms', 'q3_ms', 'runs', 'warmups', 'groups', 'standard_error'];

/** What a card says that the measurements themselves don't. */
export type MeasuredProvenance = Omit<Provenance, 'measurement' | 'method' | 'about'> & {
  readonly device: Omit<DatasetCard['devices'][number], 'rows' | 'minMs' | 'medianMs' | 'maxMs'>;
  readonly protocol: MeasurementProtocol;
  /** How a group of runs is made. */
  readonly groupRules: string;
  readonly reference: string;
} & Pick<MeasurementFacts, 'machine' | 'runtime' | 'startedAt' | 'finishedAt'>;

/** Writes a campaign's latencies as a dataset in normalised form, with quartiles and counts behind them. */
export async function writeMeasuredDataset(
  file: string,
  space: SearchSpace,
  { networks, failures, drift, interrupted, unsettled }: CampaignSummary,
  provenance: MeasuredProvenance,
): Promise<DatasetCard> {
  const { device, protocol, groupRules, reference, machine, runtime, startedAt, finishedAt, ...rest } =
    provenance;
  const table = new SampleTable(space.slots.length);
  for (const [i, { architecture, latencyMs }] of networks.entries()) {
    table.add(space.parse(architecture), 0, rounded(latencyMs), i + 2, false);
  }
  const errors = networks.map(({ standardError }) => standardError).filter(Number.isFinite);
  const error = (share: number) => (errors.length > 0 ? rounded(quantile(errors, share)) : null);
  const measurement: MeasurementFacts = {
    machine,
    runtime,
    protocol: { ...protocol, description: describe(protocol, groupRules) },
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
  return writeDataset(
    file,
    space,
    table,
    [{ device: device.id, metric: LATENCY }],
    { ...rest, method: 'measured', measurement, about: () => device },
    {
      names: FURTHER_COLUMNS,
      valuesOf(entry) {
        const { median, q1, q3, runs, warmUps, groups, standardError } = networks[entry];
        return [rounded(median), rounded(q1), rounded(q3), runs, warmUps, groups, rounded(standardError)];
      },
    },
  );
}

function describe({ runs, rounds, extraRounds, block }: MeasurementProtocol, groupRules: string): string {
  const perGroup = Math.ceil(runs / rounds);
  return (
    `${rounds} rounds through all networks, each in another order; in each a group of ${perGroup} runs (${groupRules}); the ` +
    `model is loaded anew each time; a reference network before every ${block} networks and ` +
    `at each round's end; where its latency, the median of three neighbouring measurements, is more than ${100 * DRIFT_TOLERANCE} % off its ` +
    `median, runs are divided by that ratio, interpolated in time; ` +
    `interquartile mean inside each group, then over the groups; up to ${extraRounds} more groups for a network ` +
    `whose groups' quartiles are more than ${100 * DISAGREEMENT} % of their median apart`
  );
}

/** To six significant digits. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
