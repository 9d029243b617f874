import { columnOf, type Metric, metricOfUnit } from '../metrics/metric.js';
import { findUnit, unitAtEnd, unknownUnitAtEnd } from '../metrics/units.js';
import { type ColumnUnit, metricInside, metricWord, ownUnitAtEnd, unitOf } from './metric-word.js';

/** What a column's name says by itself: `latency_pixel3_std_ms` is how much pixel3's latency scatters, in ms. */
export interface ColumnName {
  readonly text: string;
  /** What is left once the other words are taken off; may be empty. */
  readonly device: string;
  /** By a word, as in `energy_pi5_j`, or else by the unit. */
  readonly metric?: Metric;
  /** Whether a word names the metric. */
  readonly says: boolean;
  readonly unit?: ColumnUnit;
  /**
   * A unit that a device's name may end in as well: of one letter, as `galaxy_s`, or behind a number that says how much
   * a board has, as `jetson_16_gb`.
   */
  readonly ambiguous?: 'letter' | 'number';
  /** What the name ends in that looks like a unit and is not known: `cycles`. */
  readonly unknownUnit?: string;
  /** `centre`: a mean or median; `spread`: how much it scatters, or how often it was measured. */
  readonly statistic?: 'centre' | 'spread';
  /** The device, if the name's last word is a statistic, as of `pixel3_max`, and not part of its name, as of `mi_max`. */
  readonly perhapsOf?: string;
  /** Set where the name contradicts itself, `energy_pi5_ms`, or has a metric of one's own in its middle, `pi5_co2_kg`. */
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
/** Statistics that devices' names end in as well: iPhone SE, Mi Max, P30. */
const PERHAPS =
  /^(.+)[_ .:/-](se|err|error|n|num|count|runs|reps|repeats|repetitions|samples|iters|iterations|trials|min|max|low|high|lower|upper|p\d{1,3})$/i;

/**
 * What is neither an architecture nor a quantity that is known: accuracies, costs, what numbers the rows. Such columns
 * are left out of a file whose devices' columns name no unit.
 */
const OTHER =
  /(^|[_ .:/-])(acc|accuracy|co2|carbon|emissions?|top[_ -]?[15]|error|loss|perplexity|flops|macs?|params?|parameters|seed|epochs?|index|id|comment|date|timestamp)([_ .:/-]|$)/i;
/** As the whole name: a device may be called `galaxy_note_9`. */
const OTHER_NAME =
  /^(unnamed: ?\d+|#|no|nr|idx|row|rank|run|trial|split|fold|notes?|name|model|hash|sha256|dataset|batch([_ -]?size)?|threads)$/i;

/** Whether a name says that its column is no quantity of a device. */
export function isOther(name: string): boolean {
  return OTHER.test(name) || OTHER_NAME.test(name);
}

/**
 * Takes a column's name apart.
 *
 * @param own metrics of the user's own that it may name: `pi5_co2_g`
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
  // Whoever names a metric of their own names its unit, too.
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

/** `pixel3LatencyMs` as `pixel3_Latency_Ms`. */
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
