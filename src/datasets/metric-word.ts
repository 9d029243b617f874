import { columnOf, type Metric, metricOfWord } from '../metrics/metric.js';
import { BETWEEN, findUnit, type Unit } from '../metrics/units.js';

/** A unit that a column's name has: one that is known, or that of a metric of the user's own. */
export type ColumnUnit = Pick<Unit, 'name' | 'symbol' | 'factor'>;

/** The unit of a metric. */
export function unitOf({ unit }: Metric): ColumnUnit {
  return findUnit(unit) ?? { name: unit, symbol: unit, factor: 1 };
}

/**
 * The metric that a name begins or ends with, and what is left of the name: `co2_pi5`, `pi5_energy`.
 *
 * @param own metrics of the user's own
 */
export function metricWord(
  name: string,
  own: readonly Metric[],
): { readonly metric: Metric; readonly device: string } | undefined {
  for (const metric of own) {
    const word = wordOf(metric);
    const begins = new RegExp(`^${word}(?:${SEPARATOR}(?<device>.*))?$`, 'i').exec(name);
    const found = begins ?? new RegExp(`^(?<device>.*)${SEPARATOR}${word}$`, 'i').exec(name);
    if (found) return { metric, device: found.groups?.device ?? '' };
  }
  const [, first = name, behind = ''] = /^([a-z]+)[_ .:/-](.*)$/i.exec(name) ?? [];
  const [, before = '', last = ''] = /^(.*)[_ .:/-]([a-z]+)$/i.exec(name) ?? [];
  const [metric, byLast] = [first, last].map(metricOfWord);
  if (metric) return { metric, device: behind };
  return byLast && { metric: byLast, device: before };
}

/** The metric of one's own that stands in a name as a word. */
export function metricInside(name: string, own: readonly Metric[]): Metric | undefined {
  return own.find((metric) =>
    new RegExp(`(?:^|${SEPARATOR})${wordOf(metric)}(?:${SEPARATOR}|$)`, 'i').test(name),
  );
}

/** As `unitAtEnd`, for the unit of a metric of one's own that the name has as a word: the grams of `pi5_co2_g`. */
export function ownUnitAtEnd(
  name: string,
  own: readonly Metric[],
): { readonly rest: string; readonly unit: ColumnUnit } | undefined {
  for (const metric of own) {
    const written = [metric.unit, columnOf(metric).slice(metric.name.length + 1)].map(escaped).join('|');
    const found = new RegExp(
      `^(?<rest>.*?)(?:${SEPARATOR}+(?:${written})|${SEPARATOR}*(?:\\((?:${written})\\)|\\[(?:${written})\\]))$`,
      'i',
    ).exec(name)?.groups;
    if (found && metricInside(found.rest, own)) return { rest: found.rest, unit: unitOf(metric) };
  }
  return undefined;
}

const SEPARATOR = `[${escaped(BETWEEN)}]`;

/** A metric's name with anything between its words. */
function wordOf({ name }: Metric): string {
  return name.replaceAll('_', SEPARATOR);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
