import { plainTable } from '../../cli/table.js';
import { meanAndStd, plusMinus } from '../../src/predictors/metrics.js';
import type { EmulateRow } from './row.js';

const OTHERS = ['ridge', 'kernel ridge', 'forest', 'Gaussian process', 'MLP', 'fixed'];
/** Errors that differ by less are a tie. */
const TIE = 0.03;

/** Errors, uncertainty and speed. */
export function printEmulateTables(rows: readonly EmulateRow[]): void {
  const settings = [...new Set(rows.map(({ case: name, runs }) => `${runs} ${name}`))];
  const of = (setting: string, method: string) =>
    rows.filter((row) => `${row.runs} ${row.case}` === setting && row.method === method);
  const shown = (found: readonly EmulateRow[]) => {
    if (found.length === 0) return '-';
    const error = meanAndStd(found.map((row) => row.error));
    return found.length > 1 ? plusMinus(error, 3) : error.mean.toFixed(3);
  };
  const mean = (found: readonly EmulateRow[]) => meanAndStd(found.map(({ error }) => error)).mean;
  const errors = plainTable([
    ...['simulator', 'runs', 'seeds', 'emulator', 'drawn uniformly', ...OTHERS],
    ...['emulator ÷ best other', 'emulator is'],
  ]);
  for (const setting of settings) {
    const searched = of(setting, 'searched');
    if (searched.length === 0) continue;
    const [{ case: name, runs }] = searched;
    const others = OTHERS.map((method) => of(setting, method)).filter(({ length }) => length > 0);
    const ratio = others.length > 0 ? mean(searched) / Math.min(...others.map(mean)) : Number.NaN;
    const verdict = ratio < 1 - TIE ? 'best' : ratio > 1 + TIE ? 'worse' : 'tied';
    errors.push([
      ...[name, runs, searched.length, shown(searched), shown(of(setting, 'uniform'))],
      ...OTHERS.map((method) => shown(of(setting, method))),
      ...(Number.isNaN(ratio) ? ['-', '-'] : [ratio.toFixed(2), verdict]),
    ]);
  }
  console.log('root mean square error on 300 other runs over their standard deviation');
  console.log(errors.toString());

  const uncertainty = plainTable([
    ...['simulator', 'runs', 'seeds', 'error expected by the card', 'found', '90 % intervals cover'],
    ...['Spearman of spread and error', 'spread outside ÷ inside', 'relative error of the last number'],
  ]);
  const speed = plainTable([
    ...['simulator', 'runs', 'training, s', 's of CPU', 'a query, ms', 'a run, ms', 'faster by'],
  ]);
  for (const setting of settings) {
    const searched = of(setting, 'searched').flatMap(({ emulator, ...row }) =>
      emulator ? [{ ...row, emulator }] : [],
    );
    if (searched.length === 0) continue;
    const [{ case: name, runs }] = searched;
    const average = (take: (row: (typeof searched)[number]['emulator']) => number) =>
      meanAndStd(searched.map(({ emulator }) => take(emulator))).mean;
    uncertainty.push([
      ...[name, runs, searched.length, average((e) => e.expectedError).toFixed(3), mean(searched).toFixed(3)],
      ...[`${(100 * average((e) => e.coverage)).toFixed(1)} %`, average((e) => e.spearman).toFixed(2)],
      ...[
        `${average((e) => e.outside).toFixed(1)}×`,
        `${(100 * average((e) => e.relativeError)).toFixed(1)} %`,
      ],
    ]);
    const [query, run] = [average((e) => e.queryMs), average((e) => e.simulatorMs)];
    speed.push([
      ...[
        name,
        runs,
        average((e) => e.trainSeconds).toFixed(0),
        average((e) => e.trainCpuSeconds).toFixed(0),
      ],
      ...[query.toFixed(3), run.toFixed(2), `${(run / query).toFixed(1)}×`],
    ]);
  }
  console.log(uncertainty.toString());
  console.log(speed.toString());
}
