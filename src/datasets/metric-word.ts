import { columnOf, type Metric, metricOfWord } from '../metrics/metric.js';
import { BETWEEN, findUnit, type Unit } from '../metrics/units.js';

/** A unit in a column's name: a known one, or that of a metric of the user's own. */
export type ColumnUnit = Pick<Unit, 'name' | 'symbol' | 'factor'>;

export function unitOf({ unit }: Metric): ColumnUnit {
  return findUnit(unit) ?? { name: unit, symbol: unit, factor: 1 };
}

/**
 * The metric at the beginning or end of a name, and the rest of the name: `co2_pi5`, `pi5_energy`.
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

/** The user's own metric that a name contains as a word, if any. */
export function metricInside(name: string, own: readonly Metric[]): Metric | undefined {
  return own.find((metric) =>
    new RegExp(`(?:^|${SEPARATOR})${wordOf(metric)}(?:${SEPARATOR}|$)`, 'i').test(name),
  );
}

/** `unitAtEnd` for the unit of a metric of the user's own that the name contains, as the grams in `pi5_co2_g`. */
export function ownUnitAtEnd(
  name: string,
  own: readonly Metric[],
): { readonly rest: string; readonly unit: ColumnUnit } | undefined {
  for (const metric of own) {
    const written = [metric.unit, columnOf(metric).slice(metric.name.length + 1)].map(literal).join('|');
    const found = new RegExp(
      `^(?<rest>.*?)(?:${SEPARATOR}+(?:${written})|${SEPARATOR}*(?:\\((?:${written})\\)|\\[(?:${written})\\]))$`,
      'i',
    ).exec(name)?.groups;
    if (found && metricInside(found.rest, own)) return { rest: found.rest, unit: unitOf(metric) };
  }
  return undefined;
}

const SEPARATOR = `[${literal(BETWEEN)}]`;

/** A pattern for a metric's name with any separators between its words. */
function wordOf({ name }: Metric): string {
  return name.replaceAll('_', SEPARATOR);
}

/** A regular expression that matches exactly this text. */
function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
