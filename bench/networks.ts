import { plainTable } from '../cli/table.js';
import { networkDevices } from '../src/predictors/roofline/devices.js';
import { measuredNetworks } from '../src/predictors/roofline/left-out.js';
import type { NetworkModelCard } from '../src/predictors/roofline/saved.js';
import { trainNetworkModel } from '../src/predictors/roofline/train.js';
import { type BenchOptions, type Piece, runPieces } from './pieces.js';

/** A kin's mean errors on a device, or a device's card. */
type Row =
  | { readonly device: string; readonly card: NetworkModelCard }
  | {
      readonly device: string;
      readonly kin: string;
      readonly networks: number;
      readonly mape: number;
      readonly bias: number;
      readonly lineMape: number;
    };

/** Published networks on real devices, each predicted without any of its kin, beside the line in their totals. */
export async function networksBench(options: BenchOptions): Promise<void> {
  const pieces = networkDevices.map(
    (device): Piece<Row> => ({
      name: `zoo/${device.name}`,
      run: async () => {
        const networks = await measuredNetworks(device);
        const { card, predicted, line } = trainNetworkModel(device, networks);
        const errors = (of: Float64Array) => networks.map(({ totalUs }, i) => of[i] / totalUs - 1);
        const [own, lines] = [errors(predicted), errors(line)];
        const rows = card.kin.map((kin): Row => {
          const at = networks.flatMap(({ family }, i) => (family === kin ? [i] : []));
          const mean = (value: (i: number) => number) => at.reduce((sum, i) => sum + value(i), 0) / at.length;
          return {
            device: device.name,
            kin,
            networks: at.length,
            mape: mean((i) => Math.abs(own[i])),
            bias: mean((i) => own[i]),
            lineMape: mean((i) => Math.abs(lines[i])),
          };
        });
        return [{ device: device.name, card }, ...rows];
      },
    }),
  );
  const rows = await runPieces(pieces, options);
  if (rows !== undefined) printTables(rows);
}

const percent = (share: number) => (100 * share).toFixed(1);

function printTables(rows: readonly Row[]): void {
  const cards = rows.flatMap((row) => ('card' in row ? [row.card] : []));
  console.log('Published networks, each predicted without any of its kin (%):');
  const table = plainTable([
    'device',
    'networks',
    'kin',
    'line: MAPE',
    '±10 %',
    'roofline: MAPE',
    'median',
    '±10 %',
    'mean over kin',
    '90 % intervals cover',
    'over kin',
    'width',
  ]);
  for (const { device, networks, kin, baseline, leftOut, interval } of cards) {
    table.push([
      device,
      networks,
      kin.length,
      percent(baseline.mape),
      percent(baseline.within10),
      percent(leftOut.mape),
      percent(leftOut.median),
      percent(leftOut.within10),
      percent(leftOut.kinMape),
      percent(interval.coverage),
      percent(interval.kinCoverage),
      percent(interval.width),
    ]);
  }
  console.log(table.toString());
  console.log('By kin: mean error of the line → of the roofline (mean signed error), %:');
  const devices = [...new Set(rows.map(({ device }) => device))];
  const byKin = plainTable(['kin', 'networks', ...devices]);
  const kins = rows.flatMap((row) => ('kin' in row ? [row] : []));
  for (const kin of new Set(kins.map((row) => row.kin))) {
    const own = kins.filter((row) => row.kin === kin);
    byKin.push([
      kin,
      Math.max(...own.map(({ networks }) => networks)),
      ...devices.map((device) => {
        const row = own.find((one) => one.device === device);
        if (row === undefined) return '';
        const sign = row.bias < 0 ? '−' : '+';
        return `${percent(row.lineMape)} → ${percent(row.mape)} (${sign}${percent(Math.abs(row.bias))})`;
      }),
    ]);
  }
  console.log(byKin.toString());
}
