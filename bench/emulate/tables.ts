import { percent } from '../../cli/percent.js';
import { plainTable } from '../../cli/table.js';
import { meanAndStd } from '../../src/predictors/metrics.js';
import { meanStdText } from '../format.js';
import type { EmulateRow } from './row.js';

const OTHERS = ['ridge', 'kernel ridge', 'forest', 'Gaussian process', 'MLP'];
/** Architectures of emulators, the default first. */
const ARCHITECTURES = { fixed: 'emulator', searched: 'searched (DENSE)', uniform: 'drawn uniformly' };
/** Errors that differ by less are a tie. */
const TIE = 0.03;

/** Rows of a setting, a simulator with so many runs, and a method. */
type Of = (setting: string, method: string) => readonly EmulateRow[];

/** Prints errors, uncertainty and speed. */
export function printEmulateTables(rows: readonly EmulateRow[]): void {
  const of: Of = (setting, method) =>
    rows.filter((row) => settingOf(row) === setting && row.method === method);
  const settings = [...new Set(rows.map(settingOf))].filter((setting) => of(setting, 'fixed').length > 0);
  console.log('root mean square error on 300 other runs over their standard deviation');
  console.log(errorTable(settings, of));
  console.log(uncertaintyTable(settings, of));
  console.log(speedTable(settings, of));
}

const settingOf = ({ case: name, runs }: EmulateRow) => `${runs} ${name}`;

const meanError = (found: readonly EmulateRow[]) => meanAndStd(found.map(({ error }) => error)).mean;

/** Emulators beside other methods. */
function errorTable(settings: readonly string[], of: Of): string {
  const shown = (found: readonly EmulateRow[]) => {
    const errors = found.map(({ error }) => error);
    return errors.length === 0 ? '-' : meanStdText(errors, 3);
  };
  const table = plainTable([
    ...['simulator', 'runs', 'seeds', ...Object.values(ARCHITECTURES), ...OTHERS],
    ...['emulator ÷ best other', 'emulator is'],
  ]);
  for (const setting of settings) {
    const own = of(setting, 'fixed');
    const [{ case: name, runs }] = own;
    const others = OTHERS.map((method) => of(setting, method)).filter(({ length }) => length > 0);
    const ratio = others.length > 0 ? meanError(own) / Math.min(...others.map(meanError)) : Number.NaN;
    const verdict = ratio < 1 - TIE ? 'best' : ratio > 1 + TIE ? 'worse' : 'tied';
    table.push([
      ...[name, runs, own.length],
      ...[...Object.keys(ARCHITECTURES), ...OTHERS].map((method) => shown(of(setting, method))),
      ...(Number.isNaN(ratio) ? ['-', '-'] : [ratio.toFixed(2), verdict]),
    ]);
  }
  return table.toString();
}

type Quantity = keyof NonNullable<EmulateRow['emulator']>;

/** Mean of a quantity of emulators over seeds. */
function average(rows: readonly EmulateRow[], quantity: Quantity): number {
  return meanAndStd(rows.flatMap(({ emulator }) => emulator?.[quantity] ?? [])).mean;
}

/** Emulators of a fixed and of a searched architecture, by setting. */
function byArchitecture(settings: readonly string[], of: Of) {
  return settings
    .flatMap((setting) =>
      ['fixed', 'searched'].map((architecture) => ({ architecture, rows: of(setting, architecture) })),
    )
    .filter(({ rows }) => rows.length > 0);
}

/** How well emulators know their own errors. */
function uncertaintyTable(settings: readonly string[], of: Of): string {
  const table = plainTable([
    ...[
      'simulator',
      'runs',
      'architecture',
      'seeds',
      'error expected by the card',
      'found',
      '90 % intervals cover',
    ],
    ...['Spearman of spread and error', 'spread outside ÷ inside', 'relative error of the last number'],
  ]);
  for (const { architecture, rows } of byArchitecture(settings, of)) {
    const [{ case: name, runs }] = rows;
    table.push([
      ...[
        name,
        runs,
        architecture,
        rows.length,
        average(rows, 'expectedError').toFixed(3),
        meanError(rows).toFixed(3),
      ],
      percent(average(rows, 'coverage')),
      average(rows, 'spearman').toFixed(2),
      `${average(rows, 'outside').toFixed(1)}×`,
      percent(average(rows, 'relativeError')),
    ]);
  }
  return table.toString();
}

function speedTable(settings: readonly string[], of: Of): string {
  const table = plainTable([
    ...[
      'simulator',
      'runs',
      'architecture',
      'training, s',
      's of CPU',
      'a query, ms',
      'a run, ms',
      'faster by',
    ],
  ]);
  for (const { architecture, rows } of byArchitecture(settings, of)) {
    const [{ case: name, runs }] = rows;
    const [queryMs, runMs] = [average(rows, 'queryMs'), average(rows, 'simulatorMs')];
    table.push([
      ...[
        name,
        runs,
        architecture,
        average(rows, 'trainSeconds').toFixed(0),
        average(rows, 'trainCpuSeconds').toFixed(0),
      ],
      ...[queryMs.toFixed(3), runMs.toFixed(2), `${(runMs / queryMs).toFixed(1)}×`],
    ]);
  }
  return table.toString();
}
