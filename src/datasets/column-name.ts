import { type Metric, metricOfUnit, metricOfWord } from '../metrics/metric.js';
import { type Unit, unitAtEnd } from '../metrics/units.js';

/** What a column's name says by itself: `latency_pixel3_std_ms` is how much pixel3's latency scatters, in ms. */
export interface ColumnName {
  readonly text: string;
  /** What is left once the other words are taken off; may be empty. */
  readonly device: string;
  /** By a word, as in `energy_pi5_j`, or else by the unit. */
  readonly metric?: Metric;
  /** Whether a word names the metric. */
  readonly says: boolean;
  readonly unit?: Unit;
  /** A unit of one letter, which a device's name may end in as well: `galaxy_s`. */
  readonly ambiguous: boolean;
  /** `centre`: a mean or median; `spread`: how much it scatters, or how often it was measured. */
  readonly statistic?: 'centre' | 'spread';
  /** Set where the name contradicts itself: `energy_pi5_ms`. */
  readonly problem?: string;
}

const CENTRES = ['mean', 'median', 'avg', 'average'];
const SPREADS = [
  ...['std', 'stddev', 'stdev', 'stderr', 'sem', 'sd', 'var', 'variance', 'cv', 'iqr', 'mad', 'ci', 'ci95'],
  ...['p75', 'p90', 'p95', 'p99', 'q1', 'q3'],
];

/**
 * What is neither an architecture nor a quantity of a device: accuracies, costs, what numbers the rows. Such columns
 * are left out of a file whose devices' columns name no unit.
 */
const OTHER =
  /(^|_)(acc|accuracy|top1|top5|error|loss|perplexity|flops|macs?|params?|parameters|seed|epochs?|index|id|note|notes|comment|date|timestamp)(_|$)/i;

/** Whether a name says that its column is no quantity of a device. */
export function isOther(name: string): boolean {
  return OTHER.test(name);
}

/** Takes a column's name apart. */
export function readColumnName(text: string): ColumnName {
  let rest = text;
  let unit: Unit | undefined;
  let statistic: ColumnName['statistic'];
  const takeStatistic = () => {
    const [, before, last] = /^(.+)_([^_]+)$/.exec(rest) ?? [];
    if (last === undefined || statistic) return;
    if (SPREADS.includes(last.toLowerCase())) statistic = 'spread';
    else if (CENTRES.includes(last.toLowerCase())) statistic = 'centre';
    else return;
    rest = before;
  };
  takeStatistic();
  const found = unitAtEnd(rest);
  if (found) {
    ({ rest, unit } = found);
    takeStatistic();
  }
  const words = rest.split('_');
  const first = metricOfWord(words[0]);
  const last = metricOfWord(words[words.length - 1]);
  if (first) words.shift();
  else if (last) words.pop();
  const said = first ?? last;
  const byUnit = unit && metricOfUnit(unit);
  return {
    text,
    device: words.join('_'),
    metric: said ?? byUnit,
    says: said !== undefined,
    unit,
    ambiguous: said === undefined && unit !== undefined && unit.name.length === 1 && /_[a-z]$/i.test(text),
    statistic,
    problem:
      said && byUnit && said.name !== byUnit.name
        ? `names ${said.name}, and ${unit!.symbol}, a unit of ${byUnit.name}`
        : undefined,
  };
}
