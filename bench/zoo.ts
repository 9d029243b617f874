import { plainTable } from '../cli/table.js';
import { networkDevices } from '../src/predictors/roofline/devices.js';
import { measuredNetworks, totalUsOf } from '../src/predictors/roofline/left-out.js';
import { fitLine, lineUs } from '../src/predictors/roofline/line.js';
import { loadNetworkModel, type NetworkModelCard } from '../src/predictors/roofline/saved.js';
import { trainNetworkModel } from '../src/predictors/roofline/train.js';
import { percentText } from './format.js';
import { type BenchOptions, type Piece, runPieces } from './pieces.js';

/** A kin's mean errors on a device, those of a kin that shipped predictors have not learned from, or a device's card. */
type Row =
  | { readonly device: string; readonly card: NetworkModelCard }
  | {
      readonly device: string;
      readonly sealedKin: string;
      readonly networks: number;
      readonly mape: number;
      readonly within10: number;
      readonly covered: number;
      readonly lineMape: number;
    }
  | {
      readonly device: string;
      readonly kin: string;
      readonly networks: number;
      readonly mape: number;
      readonly bias: number;
      readonly lineMape: number;
    };

/** Published networks on real devices, each predicted without any of its kin, beside the line in their totals. */
export async function zooBench(options: BenchOptions): Promise<void> {
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
  const sealed = networkDevices.map(
    (device): Piece<Row> => ({
      name: `zoo/sealed/${device.name}`,
      run: async () => {
        const { roofline, card } = await loadNetworkModel(device.name);
        const networks = await measuredNetworks(device, 'sealed');
        const line = fitLine(
          (await measuredNetworks(device)).map(({ totals, totalUs }) => ({ totals, us: totalUs })),
        );
        const { low, high } = card.interval;
        const ratios = networks.map((network) => totalUsOf(roofline, network) / network.totalUs);
        const lines = networks.map(({ totals, totalUs }) => lineUs(line, totals) / totalUs);
        return [...new Set(networks.map(({ family }) => family))].map((kin) => {
          const at = networks.flatMap(({ family }, i) => (family === kin ? [i] : []));
          const mean = (value: (i: number) => number) => at.reduce((sum, i) => sum + value(i), 0) / at.length;
          return {
            device: device.name,
            sealedKin: kin,
            networks: at.length,
            mape: mean((i) => Math.abs(ratios[i] - 1)),
            within10: mean((i) => Number(Math.abs(ratios[i] - 1) <= 0.1)),
            covered: mean((i) => Number(ratios[i] * low <= 1 && ratios[i] * high >= 1)),
            lineMape: mean((i) => Math.abs(lines[i] - 1)),
          };
        });
      },
    }),
  );
  const rows = await runPieces([...pieces, ...sealed], options);
  if (rows !== undefined) printTables(rows);
}

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
      percentText(baseline.mape),
      percentText(baseline.within10),
      percentText(leftOut.mape),
      percentText(leftOut.median),
      percentText(leftOut.within10),
      percentText(leftOut.kinMape),
      percentText(interval.coverage),
      percentText(interval.kinCoverage),
      percentText(interval.width),
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
        return `${percentText(row.lineMape)} → ${percentText(row.mape)} (${sign}${percentText(Math.abs(row.bias))})`;
      }),
    ]);
  }
  console.log(byKin.toString());
  console.log('Kin that were added when the predictors were finished, predicted by those that ship (%):');
  const last = plainTable([
    'device',
    'kin',
    'networks',
    'line: MAPE',
    'roofline: MAPE',
    '±10 %',
    'in the interval',
  ]);
  for (const row of rows) {
    if (!('sealedKin' in row)) continue;
    const { device, sealedKin, networks, lineMape, mape, within10, covered } = row;
    last.push([device, sealedKin, networks, ...[lineMape, mape, within10, covered].map(percentText)]);
  }
  console.log(last.toString());
}
