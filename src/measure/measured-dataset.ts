import type { DatasetCard } from '../datasets/card.js';
import { SampleTable } from '../datasets/sample-table.js';
import { type Provenance, writeDataset } from '../datasets/write.js';
import { LATENCY, metricNamed } from '../metrics/metric.js';
import type { SearchSpace } from '../spaces/space.js';
import { type MeasurementContext, measurementFacts } from './measurement-facts.js';
import { rounded } from './statistics.js';
import { type CampaignSummary, otherMetrics } from './summary.js';

/** Columns about the latency. */
const FURTHER_COLUMNS = ['median_ms', 'q1_ms', 'q3_ms', 'runs', 'warmups', 'groups', 'standard_error'];

/** The facts of a card that the measurements do not have. */
export type MeasuredProvenance = Omit<Provenance, 'measurement' | 'method' | 'about'> & {
  readonly device: Omit<DatasetCard['devices'][number], 'rows' | 'minMs' | 'medianMs' | 'maxMs'>;
} & MeasurementContext;

/** Writes a campaign's measurements as a dataset in normalised form, followed by columns of quartiles and counts. */
export async function writeMeasuredDataset(
  file: string,
  space: SearchSpace,
  summary: CampaignSummary,
  provenance: MeasuredProvenance,
): Promise<DatasetCard> {
  const { networks } = summary;
  const others = otherMetrics(summary);
  const { device, protocol, groupRules, reference, machine, runtime, startedAt, finishedAt, ...rest } =
    provenance;
  const table = new SampleTable(space.slots.length);
  for (const [i, { architecture, latencyMs }] of networks.entries()) {
    table.add(space.parse(architecture), 0, rounded(latencyMs), i + 2, false);
  }
  for (const [i, { architecture, values }] of networks.entries()) {
    for (const [number, name] of others.entries()) {
      if (name in values)
        table.add(space.parse(architecture), number + 1, rounded(values[name]), i + 2, false);
    }
  }
  const measurement = measurementFacts(summary, {
    machine,
    runtime,
    protocol,
    groupRules,
    reference,
    startedAt,
    finishedAt,
  });
  return writeDataset(
    file,
    space,
    table,
    [LATENCY, ...others.map((name) => metricNamed(name))].map((metric) => ({ device: device.id, metric })),
    { ...rest, method: 'measured', measurement, about: () => device },
    {
      names: FURTHER_COLUMNS,
      // The latency is each network's first sample, so the further columns go with it.
      valuesOf(entry) {
        const { median, q1, q3, runs, warmUps, groups, standardError } = networks[entry];
        return [rounded(median), rounded(q1), rounded(q3), runs, warmUps, groups, rounded(standardError)];
      },
    },
  );
}
