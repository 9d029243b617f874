import { median } from 'simple-statistics';
import { decimalNumber } from '../base/decimal.js';
import { type InputError, quote } from '../base/errors.js';
import { factorTo, LATENCY, type Metric, metricKey, metricOfUnit } from '../metrics/metric.js';
import { findUnit } from '../metrics/units.js';
import type { SearchSpace } from '../spaces/space.js';
import { type ColumnName, isOther } from './column-name.js';
import type { ColumnReading, DeclaredColumn } from './column-reading.js';

/** Names of latency columns that name no device. */
const NO_DEVICE =
  /^((inference|run|wall|cpu|exec|execution|elapsed)[ _-]?)?(time|value|values|result|duration|elapsed)$|^(runtime|inference|device|peak|total)$/i;

/** A column of values, and how to convert them to the metric's unit. */
export interface ValueColumn {
  readonly column: number;
  readonly metric: Metric;
  /** The unit in the file. */
  readonly unit: string;
  /** Whether the column's name has the unit, or the unit was declared. */
  readonly namesUnit: boolean;
  readonly factor: number;
  /** The column with each row's unit, if there is one. */
  readonly unitColumn?: number;
}

export interface ColumnOptions {
  readonly space: SearchSpace;
  /** Unit of columns that do not name theirs; milliseconds by default. */
  readonly unit?: string;
  /** Only these devices are read. */
  readonly devices?: readonly string[];
  /** Only these metrics are read. Column names may contain the user's own, as in `pi5_co2_g`. */
  readonly metrics?: readonly Metric[];
  /** Declared columns, by name. */
  readonly columns?: ReadonlyMap<string, DeclaredColumn>;
}

/** A column that may hold values; how to read it is not decided yet. */
export type PossibleColumn = ColumnName & { readonly column: number };

/** Factor within which the medians of two devices' latencies must lie for them to share a unit plausibly. */
const LIKELY = 10;
/** Whole networks rarely take longer than this, in ms. It decides between two readings of a name. */
const UNLIKELY_MS = 1000;

/** Decides what each column of a header is. */
export class HeaderReader {
  readonly values: (ValueColumn & { readonly device: string })[] = [];
  private readonly read = new Map<number, ColumnReading>();

  constructor(
    private readonly candidates: readonly PossibleColumn[],
    private readonly options: ColumnOptions,
    private readonly wrong: (message: string) => InputError,
    private readonly peek: readonly (readonly string[])[],
    /** Columns with each row's unit: under `''` for all values, or under a metric's name for its values. */
    private readonly units: ReadonlyMap<string, number>,
  ) {}

  get readings(): ColumnReading[] {
    return [...this.read].sort(([a], [b]) => a - b).map(([, reading]) => reading);
  }

  readLong(): void {
    for (const candidate of this.declared(true)) {
      const { device, metric, statistic } = candidate;
      if (device !== '' || !metric) this.leaveOut(candidate, 'is not a metric of the row’s device');
      else if (statistic === 'spread') this.leaveOut(candidate, 'says how values scatter');
      else this.take(candidate, '');
    }
    if (this.values.length === 0) {
      throw this.wrong(
        'beside "device" there must be a column "latency_ms" (or latency_s, latency_us), "energy_mj", "memory_mb"',
      );
    }
  }

  readWide(): void {
    const open: PossibleColumn[] = [];
    for (const candidate of this.declared(false)) {
      if (candidate.text === '') this.leaveOut(candidate, 'has no name');
      else if (candidate.statistic === 'spread') this.leaveOut(candidate, 'says how values scatter');
      else if (this.isStatisticOf(candidate))
        this.leaveOut(candidate, `is a statistic of ${candidate.perhapsOf} by its name`);
      else if (candidate.device === '' || NO_DEVICE.test(candidate.device)) this.withoutDevice(candidate);
      else open.push(candidate);
    }
    const worded = (metric: Metric | undefined) =>
      open.some(({ says, unit, metric: other }) => says && unit && other?.name === metric?.name);
    const unworded = open.filter(({ says, unit, metric }) => !says && unit && worded(metric));
    for (const candidate of unworded) {
      this.leaveOut(candidate, `other columns say "${candidate.metric?.name}", and this one does not`);
    }
    for (const candidate of this.withUnits(open.filter((c) => !unworded.includes(c)))) {
      if (candidate.problem)
        throw this.wrong(`${quote(candidate.text)} ${candidate.problem}${this.hint(candidate)}`);
      this.take(candidate, candidate.device);
    }
    if (this.values.length > 0) return;
    throw this.wrong(
      'there is no column of values beside the architecture, such as "pixel3_ms" or "pixel3_mj"; for a metric of your own, such as "pixel3_co2_g", give --metric co2:g',
    );
  }

  /** Whether the last word of a name such as `pixel3_max` is a statistic: it is if there is a pixel3 too. */
  private isStatisticOf({ perhapsOf, metric }: PossibleColumn): boolean {
    return (
      perhapsOf !== undefined &&
      this.candidates.some(
        (other) =>
          other.device === perhapsOf && (!metric || !other.metric || other.metric.name === metric.name),
      )
    );
  }

  /** Takes the declared columns, and returns the others. */
  private declared(long: boolean): PossibleColumn[] {
    return this.candidates.filter((candidate) => {
      const said = this.options.columns?.get(candidate.text);
      if (!said) return true;
      if (said === 'left out') this.leaveOut(candidate, 'as you said');
      else if (!long && said.device === undefined) {
        throw this.wrong(
          `${quote(candidate.text)} needs a device: ${candidate.text}=DEVICE:${metricKey(said.metric)}`,
        );
      } else this.add(candidate, long ? '' : said.device!, said.metric, said.unit, true);
      return false;
    });
  }

  /**
   * Handles a column that names a metric but no device: an error if the metric was asked for or is latency,
   * otherwise it is left out.
   */
  private withoutDevice(candidate: PossibleColumn): void {
    const { text, metric } = candidate;
    const [asked, ...others] = this.options.devices ?? [];
    if (asked !== undefined && others.length === 0 && metric && candidate.device === '') {
      if (candidate.problem) throw this.wrong(`${quote(text)} ${candidate.problem}${this.hint(candidate)}`);
      this.take(candidate, asked);
      return;
    }
    if (metric && metric.name !== LATENCY.name) {
      this.leaveOut(candidate, `names no device${this.hint(candidate)}`);
      return;
    }
    const name = quote(text);
    throw this.wrong(
      `beside ${name} there must be a column "device", or ${name} itself must name the device${this.hint(candidate)}`,
    );
  }

  /** The columns whose names have units, if any has one; otherwise all columns, in the default unit. */
  private withUnits(open: readonly PossibleColumn[]): PossibleColumn[] {
    const certain = open.filter(({ unit, ambiguous }) => unit && !ambiguous);
    const doubtful = open.filter(({ ambiguous }) => ambiguous);
    const bare = open.filter(({ unit }) => !unit);
    const plain = bare.filter(({ text, problem }) => problem !== undefined || !isOther(text));
    const asNames = doubtful.filter((candidate) => this.isName(candidate, certain, plain));
    if (asNames.length > 0 && certain.length > 0) throw this.wrong(this.asked(asNames[0]));
    if (certain.length > 0 || asNames.length < doubtful.length) {
      for (const candidate of [...bare, ...asNames]) {
        const { unknownUnit: unknown, problem } = candidate;
        const why = problem
          ? problem
          : unknown
            ? `${quote(unknown)} is not a known unit`
            : 'names no unit, as others do';
        this.leaveOut(candidate, why);
      }
      return open.filter(({ unit }) => unit).filter((candidate) => !asNames.includes(candidate));
    }
    for (const candidate of bare) {
      if (!plain.includes(candidate)) this.leaveOut(candidate, 'is not a known quantity');
    }
    const unknown = plain.find(({ unknownUnit }) => unknownUnit);
    if (unknown) {
      throw this.wrong(
        `${quote(unknown.text)} ends in ${quote(unknown.unknownUnit!)}, which is not a known unit; ` +
          `--columns ${unknown.text}=DEVICE:METRIC:UNIT says what it is, --columns ${unknown.text}=- leaves it out`,
      );
    }
    const named = new Set([...plain, ...asNames]);
    return open.flatMap((candidate) => {
      if (!named.has(candidate)) return [];
      if (!candidate.ambiguous) return [candidate];
      return [
        { ...candidate, device: candidate.text, unit: undefined, metric: undefined, ambiguous: undefined },
      ];
    });
  }

  /**
   * Whether a name that ends in a one-letter unit is just a device's name. This follows from what was
   * declared about columns without a unit, or from which reading gives values like those of other devices.
   */
  private isName(
    candidate: PossibleColumn,
    certain: readonly PossibleColumn[],
    plain: readonly PossibleColumn[],
  ): boolean {
    if (candidate.metric?.name !== LATENCY.name) {
      if (plain.length > 0 && certain.length === 0) return true;
      if (candidate.ambiguous === 'number') throw this.wrong(this.asked(candidate));
      return false;
    }
    if (this.options.unit !== undefined) return this.options.unit !== candidate.unit!.name;
    const others = [
      ...certain
        .filter(({ metric }) => metric?.name === LATENCY.name)
        .map((c) => this.medianOf(c, c.unit!.factor)),
      ...plain.map((c) => this.medianOf(c, 1)),
    ].filter((value) => value > 0);
    const own = this.medianOf(candidate, 1);
    const asUnit = own * candidate.unit!.factor;
    if (others.length > 0) {
      const usual = median(others);
      const [far, farAsUnit] = [own, asUnit].map((value) => Math.max(value / usual, usual / value));
      if (Math.min(far, farAsUnit) > LIKELY) throw this.wrong(this.asked(candidate));
      return far < farAsUnit;
    }
    if (asUnit > UNLIKELY_MS) throw this.wrong(this.asked(candidate));
    return false;
  }

  private medianOf({ column }: PossibleColumn, factor: number): number {
    const values = this.peek.map((row) => decimalNumber(row[column] ?? '')).filter((value) => value > 0);
    return values.length > 0 ? median(values) * factor : Number.NaN;
  }

  private asked({ text, device, metric, unit }: PossibleColumn): string {
    const { symbol, name } = unit!;
    return (
      `${quote(text)} may be ${metric!.name} of ${quote(device)} in ${symbol}, or a device of that name, and the values do not tell; ` +
      `say --columns ${text}=${device}:${metric!.name}:${name} or --columns ${text}=${text}:latency:ms`
    );
  }

  private hint({ text, metric }: PossibleColumn): string {
    return `; --columns ${text}=DEVICE:${metric ? metricKey(metric) : LATENCY.name} says which`;
  }

  private take(candidate: PossibleColumn, device: string): void {
    const { unit: fallback = 'ms' } = this.options;
    // A name with a unit also has its metric.
    const metric = candidate.metric ?? metricOfUnit(findUnit(fallback)!);
    const isInFallback = candidate.metric === undefined || metric.name === LATENCY.name;
    const given = candidate.unit?.name ?? (isInFallback ? fallback : metric.unit);
    this.add(candidate, device, metric, given, candidate.unit !== undefined);
  }

  private add(
    candidate: PossibleColumn,
    device: string,
    metric: Metric,
    unit: string,
    namesUnit: boolean,
  ): void {
    const { text, column } = candidate;
    const first = this.values.find((value) => value.device === device && value.metric.name === metric.name);
    if (first) {
      const [a, b] = [this.candidates.find((c) => c.column === first.column)!.text, text];
      const of = device === '' ? '' : ` of device ${quote(device)}`;
      throw this.wrong(
        `two columns for the ${metric.name}${of}: ${quote(a)} and ${quote(b)}; leave one out with --columns ${b}=-`,
      );
    }
    const unitColumn = this.units.get(metric.name) ?? this.units.get('');
    this.values.push({ column, device, metric, unit, namesUnit, factor: factorTo(metric, unit), unitColumn });
    this.read.set(column, {
      column: text,
      ...(device === '' ? {} : { device }),
      metric: metric.name,
      unit,
      ...(unitColumn === undefined || namesUnit ? {} : { unitsByRow: true }),
    });
  }

  private leaveOut({ text, column }: PossibleColumn, why: string): void {
    this.read.set(column, { column: text || `column ${column + 1}`, leftOut: why });
  }
}
