/** The kind of quantity that a unit measures. */
export type Quantity = 'time' | 'energy' | 'power' | 'memory' | 'rate';

/** A unit, with the names that columns, options and requests use for it. */
export interface Unit {
  /** In lower case, as it ends a column's name: `ms`. */
  readonly name: string;
  /** As people write it: `mJ`. */
  readonly symbol: string;
  readonly quantity: Quantity;
  /** Its size in the quantity's base unit: milliseconds, millijoules, watts, megabytes or events per second. */
  readonly factor: number;
  /** Other names that mean the same. */
  readonly aliases?: readonly string[];
}

/** Every known unit, the base unit of each quantity first. */
export const units: readonly Unit[] = [
  {
    name: 'ms',
    symbol: 'ms',
    quantity: 'time',
    factor: 1,
    aliases: ['msec', 'msecs', 'millis', 'millisecond', 'milliseconds'],
  },
  { name: 's', symbol: 's', quantity: 'time', factor: 1000, aliases: ['sec', 'secs', 'second', 'seconds'] },
  {
    name: 'us',
    symbol: 'µs',
    quantity: 'time',
    factor: 0.001,
    aliases: ['µs', 'μs', 'usec', 'usecs', 'micros', 'microsecond', 'microseconds'],
  },
  {
    name: 'ns',
    symbol: 'ns',
    quantity: 'time',
    factor: 0.000001,
    aliases: ['nsec', 'nsecs', 'nanos', 'nanosecond', 'nanoseconds'],
  },
  { name: 'mj', symbol: 'mJ', quantity: 'energy', factor: 1, aliases: ['millijoule', 'millijoules'] },
  { name: 'j', symbol: 'J', quantity: 'energy', factor: 1000, aliases: ['joule', 'joules'] },
  {
    name: 'uj',
    symbol: 'µJ',
    quantity: 'energy',
    factor: 0.001,
    aliases: ['µj', 'μj', 'microjoule', 'microjoules'],
  },
  { name: 'nj', symbol: 'nJ', quantity: 'energy', factor: 0.000001 },
  { name: 'kj', symbol: 'kJ', quantity: 'energy', factor: 1_000_000 },
  { name: 'wh', symbol: 'Wh', quantity: 'energy', factor: 3_600_000 },
  { name: 'mwh', symbol: 'mWh', quantity: 'energy', factor: 3600 },
  { name: 'uwh', symbol: 'µWh', quantity: 'energy', factor: 3.6, aliases: ['µwh', 'μwh'] },
  { name: 'kwh', symbol: 'kWh', quantity: 'energy', factor: 3_600_000_000 },
  { name: 'w', symbol: 'W', quantity: 'power', factor: 1, aliases: ['watt', 'watts'] },
  { name: 'mw', symbol: 'mW', quantity: 'power', factor: 0.001, aliases: ['milliwatt', 'milliwatts'] },
  { name: 'mb', symbol: 'MB', quantity: 'memory', factor: 1, aliases: ['megabyte', 'megabytes'] },
  { name: 'bytes', symbol: 'B', quantity: 'memory', factor: 0.000001, aliases: ['byte'] },
  { name: 'kb', symbol: 'kB', quantity: 'memory', factor: 0.001 },
  { name: 'gb', symbol: 'GB', quantity: 'memory', factor: 1000 },
  { name: 'kib', symbol: 'KiB', quantity: 'memory', factor: 0.001024 },
  { name: 'mib', symbol: 'MiB', quantity: 'memory', factor: 1.048576 },
  { name: 'gib', symbol: 'GiB', quantity: 'memory', factor: 1073.741824 },
  {
    name: 'per_s',
    symbol: '1/s',
    quantity: 'rate',
    factor: 1,
    aliases: [
      ...['hz', 'fps', 'ips', 'qps', 'img_s', 'images_s', 'images_per_s', 'img_per_s'],
      ...['samples_s', 'samples_per_s', 'inferences_s', 'inferences_per_s', 'img/s', 'images/s', 'samples/s'],
    ],
  },
];

const byName = new Map(
  units.flatMap((unit) =>
    [unit.name, unit.symbol.toLowerCase(), ...(unit.aliases ?? [])].map((n) => [n, unit]),
  ),
);

/** Finds a unit by name or symbol, in any case: `mJ`, `MJ` and `mj` are all millijoules. */
export function findUnit(text: string): Unit | undefined {
  return byName.get(text.trim().toLowerCase());
}

/**
 * Longest names first, so that `img_s` is not taken for `s`. Without `b`: `board_b` is a board; bytes are
 * `board_bytes`.
 */
const SUFFIXES = [...byName].filter(([name]) => name !== 'b').sort(([a], [b]) => b.length - a.length);

/** Characters that separate the words of a column's name. */
export const BETWEEN = '_ .:/-';

/** The unit at the end of a column's name (after one of `BETWEEN`, or in brackets), and the name without it. */
export function unitAtEnd(name: string): { readonly rest: string; readonly unit: Unit } | undefined {
  const lower = name.toLowerCase();
  for (const [text, unit] of SUFFIXES) {
    for (const end of [...[...BETWEEN].map((between) => between + text), `(${text})`, `[${text}]`]) {
      const rest = name.slice(0, -end.length).replace(/[_ .:/-]+$/, '');
      if (lower.endsWith(end) && rest !== '') return { rest, unit };
    }
  }
  return undefined;
}

/** Units of quantities that no metric measures, and anything in brackets. */
const UNKNOWN =
  /[_ .:/-](ps|fs|mins?|minutes?|hours?|hrs|days?|cycles?|clks?|clocks|ticks|mah|m[av]|volts?|amps?|[kmg]hz|[gt]flops|[fp]j|[tp]i?b|k?cal|celsius|deg[_ ]?c|percent|pct|per[_ ][a-z]+)$|(?<=.)(%)$|[([]([^)\]]+)[)\]]$/i;

/** The ending of a column's name that looks like a unit but is not a known one. */
export function unknownUnitAtEnd(name: string): string | undefined {
  const [, word, percent, bracketed] = UNKNOWN.exec(name) ?? [];
  return word ?? percent ?? bracketed;
}
