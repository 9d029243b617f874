import { InputError, quote } from '../base/errors.js';
import { readColumnName } from '../datasets/column-name.js';
import { factorTo, LATENCY, type Metric, metricKey, metricNamed } from '../metrics/metric.js';

/** The metrics that a runner reports besides the latency. */
export interface RunnerValues {
  /** By metric (see `metricKey`), in the metric's unit: one value per run, or one for all. */
  readonly values: Record<string, number[]>;
  /** Fields that are not a metric with a unit. */
  readonly leftOut: readonly string[];
}

/** Fields that are handled elsewhere. */
const OTHERS = ['latency_ms', 'nodes'];

/**
 * The other metrics in a runner's answer: `{"latency_ms": 1.2, "energy_mj": 5.1, "memory_mb": [30, 31]}`; one
 * of the user's own is written `"co2:g": 0.2`.
 *
 * @throws Error if a metric is not a number above 0 or a list of these, or is given twice
 */
export function valuesOf(answer: Readonly<Record<string, unknown>>): RunnerValues {
  const values: Record<string, number[]> = {};
  const leftOut: string[] = [];
  for (const [name, said] of Object.entries(answer)) {
    if (OTHERS.includes(name)) continue;
    const found = metricIn(name);
    if (!found || found.metric.name === LATENCY.name) {
      leftOut.push(name);
      continue;
    }
    const all: unknown[] = Array.isArray(said) ? said : [said];
    if (all.length === 0 || !all.every((value) => typeof value === 'number' && value > 0)) {
      throw new Error(
        `the runner's ${quote(name)} must be a number above 0 or a list of such, not ${quote(JSON.stringify(said))}`,
      );
    }
    const key = metricKey(found.metric);
    if (key in values) throw new Error(`the runner says ${found.metric.name} twice, once as ${quote(name)}`);
    const factor = factorTo(found.metric, found.unit);
    values[key] = (all as number[]).map((value) => value * factor);
  }
  return { values, leftOut };
}

function metricIn(name: string): { readonly metric: Metric; readonly unit: string } | undefined {
  if (name.includes(':')) {
    try {
      const metric = metricNamed(name);
      return { metric, unit: metric.unit };
    } catch (error) {
      if (error instanceof InputError) return undefined;
      throw error;
    }
  }
  const { device, metric, unit, statistic, problem } = readColumnName(name);
  if (device !== '' || !metric || !unit || statistic || problem) return undefined;
  return { metric, unit: unit.name };
}
