import { columnOf, type Metric, metricOfUnit } from '../metrics/metric.js';
import { findUnit, unitAtEnd, unknownUnitAtEnd } from '../metrics/units.js';
import { type ColumnUnit, metricInside, metricWord, ownUnitAtEnd, unitOf } from './metric-word.js';

/** What a column's name alone tells: `latency_pixel3_std_ms` is the spread of pixel3's latency in ms. */
export interface ColumnName {
  readonly text: string;
  /** What is left of the name without the other parts; may be empty. */
  readonly device: string;
  /** From a word, as in `energy_pi5_j`, or from the unit. */
  readonly metric?: Metric;
  /** Whether a word in the name names the metric. */
  readonly says: boolean;
  readonly unit?: ColumnUnit;
  /**
   * Set if the unit may be part of the device's name instead: a single letter, as in `galaxy_s`, or a unit
   * after a number that may be the board's memory, as in `jetson_16_gb`.
   */
  readonly ambiguous?: 'letter' | 'number';
  /** An ending that looks like a unit but is unknown, such as `cycles`. */
  readonly unknownUnit?: string;
  /** `centre`: a mean or median. `spread`: how much the values scatter, or how often they were measured. */
  readonly statistic?: 'centre' | 'spread';
  /** The device, if the last word is a statistic (`pixel3_max`). It may also be part of the name (`mi_max`). */
  readonly perhapsOf?: string;
  /**
   * Set if the name contradicts itself (`energy_pi5_ms`), or has one of the user's own metrics in the middle
   * (`pi5_co2_kg`).
   */
  readonly problem?: string;
}

const CENTRES = ['mean', 'median', 'avg', 'average', 'p50'];
const SPREADS = [
  ...[
    'std',
    'stddev',
    'stdev',
    'stderr',
    'sem',
    'sd',
    'sigma',
    'var',
    'variance',
    'cv',
    'iqr',
    'mad',
    'ci',
    'ci95',
  ],
  ...['p75', 'p90', 'p95', 'p99', 'q1', 'q3'],
];
/** Statistics that also end devices' names: iPhone SE, Mi Max, P30. */
const PERHAPS =
  /^(.+)[_ .:/-](se|err|error|n|num|count|runs|reps|repeats|repetitions|samples|iters|iterations|trials|min|max|low|high|lower|upper|p\d{1,3})$/i;

/**
 * Columns that are neither an architecture nor a known quantity: accuracies, costs, row numbers. They are
 * left out of a file in which no device's column names a unit.
 */
const OTHER =
  /(^|[_ .:/-])(acc|accuracy|co2|carbon|emissions?|top[_ -]?[15]|error|loss|perplexity|flops|macs?|params?|parameters|seed|epochs?|index|id|comment|date|timestamp)([_ .:/-]|$)/i;
/** Matched against the whole name, because a device may be called `galaxy_note_9`. */
const OTHER_NAME =
  /^(unnamed: ?\d+|#|no|nr|idx|row|rank|run|trial|split|fold|notes?|name|model|hash|sha256|dataset|batch([_ -]?size)?|threads)$/i;

/** Whether a name shows that its column is not a quantity of a device. */
export function isOther(name: string): boolean {
  return OTHER.test(name) || OTHER_NAME.test(name);
}

/**
 * Takes a column's name apart.
 *
 * @param own metrics of the user's own that the name may contain, as in `pi5_co2_g`
 */
export function readColumnName(text: string, own: readonly Metric[] = []): ColumnName {
  let rest = withoutHumps(text);
  let unit: ColumnUnit | undefined;
  let statistic: ColumnName['statistic'];
  const takeStatistic = () => {
    for (const pattern of [
      /^(?<left>.+)[_ .:/-](?<word>[a-z0-9]+)$/i,
      /^(?<word>[a-z0-9]+)[_ .:/-](?<left>.+)$/i,
    ]) {
      const { word = '', left = '' } = pattern.exec(rest)?.groups ?? {};
      if (statistic || findUnit(left)) return;
      if (SPREADS.includes(word.toLowerCase())) statistic = 'spread';
      else if (CENTRES.includes(word.toLowerCase())) statistic = 'centre';
      else continue;
      rest = left;
    }
  };
  takeStatistic();
  const bare = rest.replace(/^[_ .:/-]+/, '');
  const found: { readonly rest: string; readonly unit?: ColumnUnit } | undefined =
    bare.length > 1 && findUnit(bare)
      ? { rest: '', unit: findUnit(bare) }
      : (ownUnitAtEnd(rest, own) ?? unitAtEnd(rest));
  if (found) {
    ({ rest, unit } = found);
    takeStatistic();
  }
  const said = metricWord(rest, own);
  const known = unit && findUnit(unit.name);
  const byUnit = known && metricOfUnit(known);
  // A user who names a metric of their own has named its unit as well.
  if (said && own.includes(said.metric)) unit ??= unitOf(said.metric);
  const inside = said || unit ? undefined : metricInside(rest, own);
  const device = said ? said.device : rest;
  return {
    text,
    device,
    metric: said?.metric ?? inside ?? byUnit,
    says: said !== undefined,
    unit,
    ambiguous: said === undefined && unit !== undefined ? ambiguityOf(text) : undefined,
    unknownUnit: unit ? undefined : unknownUnitAtEnd(text),
    statistic,
    perhapsOf: perhapsOf(device),
    problem: inside
      ? `names ${inside.name}, and ends in neither this nor its unit, as ${columnOf(inside)} does`
      : said && unit
        ? contradiction(said.metric, unit)
        : undefined,
  };
}

function contradiction({ name, unit: own }: Metric, { name: unit, symbol }: ColumnUnit): string | undefined {
  const known = findUnit(unit);
  if (!known || known.quantity === findUnit(own)?.quantity) return undefined;
  return `names ${name}, and ${symbol}, a unit of ${metricOfUnit(known).name}`;
}

/** `pixel3LatencyMs` becomes `pixel3_Latency_Ms`. */
function withoutHumps(text: string): string {
  return text
    .replace(/([a-z0-9])(Latency|Energy|Power|Memory|Throughput)(?![a-z])/, '$1_$2')
    .replace(
      /(latency|energy|power|memory|throughput)([NUM]?[Ss]|[UM]?[Jj]|M?[Ww]h?|[KMG]i?[Bb])$/i,
      (all, word, unit) => (/^[A-Z]/.test(unit) ? `${word}_${unit}` : all),
    )
    .replace(/([a-z0-9])([NUM]s|[UM]j)$/, '$1_$2');
}

function ambiguityOf(text: string): ColumnName['ambiguous'] {
  if (/[_ .:/-][a-z]$/i.test(text)) return 'letter';
  return /[_ .:/-]\d+[_ .:/-][a-z]+$/i.test(text) ? 'number' : undefined;
}

function perhapsOf(device: string): string | undefined {
  const of = PERHAPS.exec(device)?.[1];
  return of === undefined ? undefined : (unitAtEnd(of)?.rest ?? of);
}
