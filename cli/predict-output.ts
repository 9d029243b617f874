import { columnOf, LATENCY, type Metric } from '../src/metrics/metric.js';
import type { Interval } from '../src/predictors/intervals/interval-model.js';
import type { Source } from './predict-source.js';
import { plainTable } from './table.js';

export type PrintedPrediction =
  | { architecture: string; value: number; modelVersion: string; interval?: Interval; withinLimit?: number }
  | { architecture: string; error: string };

/** How predictions are printed, and which limit they are held against. */
export interface PredictOutput {
  readonly json?: boolean;
  readonly csv?: boolean;
  /** In the unit of the metric. */
  readonly limit?: number;
  /** Only predictions with at least this probability of being within the limit are printed. */
  readonly minProbability?: number;
  /** Number of architectures predicted, printed or not. */
  readonly lookedAt: number;
}

/** Prints a table, or what `--json` or `--csv` asks for. */
export async function printPredictions(
  predictions: readonly PrintedPrediction[],
  source: Source,
  { json, csv, limit, minProbability, lookedAt }: PredictOutput,
): Promise<void> {
  const { device, metric, batchSize, precision } = source;
  const count = predictions.filter((p) => 'value' in p).length;
  const intervals = source.spread !== undefined;
  const within = `${metric.better === 'less' ? 'within' : 'at least'} ${limit} ${metric.unit}`;
  if (json) {
    const found = minProbability === undefined ? {} : { limit, minProbability, count, lookedAt };
    const named = { ...found, device, metric: metric.name, unit: metric.unit, batchSize, precision };
    console.log(JSON.stringify({ predictions: predictions.map(asJson(metric)), ...named }, null, 2));
  } else if (csv) {
    const fields = fieldsOf(metric);
    const columns = [
      { key: 'architecture' },
      { key: 'value', header: fields.value },
      ...(intervals
        ? (['low', 'high', 'unfamiliar'] as const).map((key) => ({
            key: `interval.${key}`,
            header: fields[key],
          }))
        : []),
      ...(limit === undefined ? [] : [{ key: 'withinLimit' }]),
      { key: 'modelVersion' },
      { key: 'error' },
    ];
    const { stringify } = await import('csv-stringify/sync');
    process.stdout.write(stringify([...predictions], { header: true, columns, cast: { boolean: String } }));
  } else {
    const table = plainTable([
      'architecture',
      `${device}, ${metric.unit}`,
      ...(intervals ? ['90 % lie between'] : []),
      ...(limit === undefined ? [] : [`${within}, %`]),
    ]);
    for (const p of predictions) {
      const cells =
        'error' in p
          ? ['—', '', '']
          : [shown(p.value), intervalText(p.interval), (100 * (p.withinLimit ?? 0)).toFixed(1)];
      table.push([p.architecture, ...cells.slice(0, limit === undefined ? (intervals ? 2 : 1) : 3)]);
    }
    console.log(table.toString());
    for (const p of predictions) if ('error' in p) console.error(p.error);
    if (predictions.some((p) => 'interval' in p && p.interval?.unfamiliar)) {
      console.log('(!) unlike the networks that were measured: the prediction is an extrapolation');
    }
    if (minProbability !== undefined) {
      const share = `${Number((100 * minProbability).toPrecision(4))} %`;
      console.log(`${count} of ${lookedAt} are ${within} with a probability of ${share} or more`);
    }
    console.log(source.about);
  }
}

function intervalText(interval: Interval | undefined): string {
  if (!interval) return '';
  const { low, high, unfamiliar } = interval;
  return `${shown(low)} – ${shown(high)}${unfamiliar ? ' (!)' : ''}`;
}

/** Three decimals, as latencies in ms need, but at most six digits of large values. */
function shown(value: number): string {
  return Math.abs(value) < 1000 ? value.toFixed(3) : Number(value.toPrecision(6)).toString();
}

/** Names of a prediction's numbers in JSON and CSV: for latency those of version 0.1, for other metrics without a unit. */
function fieldsOf(metric: Metric) {
  const latency = metric.name === LATENCY.name;
  const [value, low, high] = latency ? ['latencyMs', 'lowMs', 'highMs'] : [columnOf(metric), 'low', 'high'];
  return { value, low, high, unfamiliar: 'unfamiliar' };
}

/** A prediction as an object for JSON. */
function asJson(metric: Metric): (prediction: PrintedPrediction) => object {
  return (prediction) => {
    if ('error' in prediction || metric.name !== LATENCY.name) return prediction;
    const { architecture, value, modelVersion, interval, withinLimit } = prediction;
    const { low: lowMs, high: highMs, ...rest } = interval ?? {};
    return {
      architecture,
      latencyMs: value,
      ...(withinLimit !== undefined && { withinLimit }),
      modelVersion,
      ...(interval && { interval: { lowMs, highMs, ...rest } }),
    };
  };
}
