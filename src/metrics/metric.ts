import { type Static, Type } from '#typebox';
import { InputError, quote } from '../base/errors.js';
import { findUnit, type Quantity, type Unit, units } from './units.js';

/** A quantity that is measured on a device and predicted: positive, and with a unit. */
export const Metric = Type.Object(
  {
    name: Type.String({ description: 'latency, energy, power, memory, throughput, or one of your own' }),
    unit: Type.String({ description: 'Of all values', examples: ['ms', 'mJ', 'W', 'MB', '1/s'] }),
    better: Type.Union([Type.Literal('less'), Type.Literal('more')], {
      description: 'Which values are good',
    }),
    transform: Type.Literal('log', {
      description: 'What predictors learn: ln(value), as values span decades and their noise is relative',
    }),
  },
  { description: 'What is measured and predicted' },
);
export type Metric = Static<typeof Metric>;

interface KnownMetric extends Metric {
  readonly quantity: Quantity;
  /** Words in a column's name that stand for it. */
  readonly words: readonly string[];
}

/** Metrics with a fixed unit. To add one, add a line. */
const known: readonly KnownMetric[] = [
  metricOf('latency', 'time', 'less', ['latency', 'lat']),
  metricOf('energy', 'energy', 'less', ['energy']),
  metricOf('power', 'power', 'less', ['power']),
  metricOf('memory', 'memory', 'less', ['memory', 'mem']),
  metricOf('throughput', 'rate', 'more', ['throughput']),
];

function metricOf(
  name: string,
  quantity: Quantity,
  better: Metric['better'],
  words: readonly string[],
): KnownMetric {
  const { symbol } = units.find((unit) => unit.quantity === quantity)!;
  return { name, quantity, unit: symbol, better, transform: 'log', words };
}

/** The metrics that are known by name, in the form that cards and answers use. */
export const metrics: readonly Metric[] = known.map(plain);

/** The default metric. Cards, stores and requests of version 0.1 know no other. */
export const LATENCY: Metric = metrics[0];

/**
 * Accepted values, in the metric's unit: latencies from a picosecond to eleven days. Anything else is a
 * mistaken unit.
 */
export function rangeOf({ name }: Pick<Metric, 'name'>): { readonly least: number; readonly most: number } {
  return name === LATENCY.name ? { least: 1e-9, most: 1e9 } : { least: 1e-12, most: 1e15 };
}

function plain({ name, unit, better, transform }: Metric): Metric {
  return { name, unit, better, transform };
}

/** The metric that a word in a column's name means. */
export function metricOfWord(word: string): Metric | undefined {
  const found = known.find(({ words }) => words.includes(word.toLowerCase()));
  return found && plain(found);
}

/** The metric of a unit's quantity. */
export function metricOfUnit({ quantity }: Unit): Metric {
  return plain(known.find((metric) => metric.quantity === quantity)!);
}

const OWN = /^[a-z][a-z0-9_]{0,49}$/;

/**
 * A metric by name, or one of a user's own: `co2:g`, `accuracy_drop:%:less`, `score:points:more`.
 *
 * @param field to name in an error
 * @throws InputError if the text is malformed; it says how metrics are named
 */
export function metricNamed(text: string, field?: string): Metric {
  const [name, unit, better = 'less', ...rest] = text.split(':');
  const found = metrics.find((metric) => metric.name === name);
  if (found && unit === undefined) return found;
  if (found) {
    const message = `${quote(name)} is always in ${found.unit}; name it without a unit`;
    if (findUnit(unit)?.symbol !== found.unit || rest.length > 0) throw new InputError(message, { field });
    return found;
  }
  const wellFormed = OWN.test(name) && unit !== undefined && /^\S.{0,19}$/.test(unit) && rest.length === 0;
  if (!wellFormed || (better !== 'less' && better !== 'more')) {
    const names = metrics.map((metric) => metric.name).join(', ');
    throw new InputError(
      `${quote(text)} is not a metric: there are ${names}, and your own as name:unit (co2:g), or name:unit:more where more is better`,
      { field },
    );
  }
  return { name, unit, better, transform: 'log' };
}

/**
 * The factor that converts values in the given unit to the metric's own unit.
 *
 * @param field to name in an error
 * @throws InputError if the unit is not one of the metric's; it lists those that are
 */
export function factorTo(metric: Metric, unit: string, field?: string): number {
  if (unit === metric.unit) return 1;
  const found = findUnit(unit);
  const own = findUnit(metric.unit);
  if (found && own && found.quantity === own.quantity) return found.factor / own.factor;
  const symbols = own ? units.filter(({ quantity }) => quantity === own.quantity).map((u) => u.symbol) : [];
  throw new InputError(
    `${quote(unit)} is not a unit of ${metric.name}; it is in ${symbols.length > 0 ? symbols.join(', ') : metric.unit}`,
    { field },
  );
}

/** Whether a metric is one of the user's own. Column names are never taken for such a metric unless it is asked for. */
export function isOwn({ name }: Metric): boolean {
  return !metrics.some((metric) => metric.name === name);
}

/** The name that a metric gives a column or a tensor: `latency_ms`, `energy_mj`, `co2_g`. */
export function columnOf({ name, unit }: Metric): string {
  const text = findUnit(unit)?.name ?? unit.toLowerCase().replace(/[^a-z0-9]+/g, '_');
  return `${name}_${text}`;
}

/** The text for a metric in stores, requests and file names. `metricNamed` reads it back. */
export function metricKey(metric: Metric): string {
  if (!isOwn(metric)) return metric.name;
  return `${metric.name}:${metric.unit}${metric.better === 'more' ? ':more' : ''}`;
}

/** Whether two metrics have the same name and unit. */
export function sameMetric(a: Metric, b: Metric): boolean {
  return a.name === b.name && a.unit === b.unit;
}
