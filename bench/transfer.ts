import { meanAndStd } from '../src/predictors/metrics.js';
import { transferMethods } from '../src/predictors/transfer/methods.js';
import { summariseTrials, type TransferScores } from '../src/predictors/transfer/protocol.js';
import { nasbench201 } from '../src/spaces/nasbench201/space.js';
import { hasData } from './data.js';
import { rankCeiling } from './noise-floor.js';
import { type BenchOptions, type Piece, runPieces } from './pieces.js';
import { FAMILIES, type Family, loadFamily } from './transfer/families.js';
import { LeaveOneOut, type LeftOutTrial, TWINS } from './transfer/leave-one-out.js';
import { intervalCoverage, MEASURED, scoresByDevice, scoresByMethod } from './transfer/tables.js';

/** Mean Spearman to reach on NAS-Bench-201, by samples. */
const TARGETS: Readonly<Record<number, number>> = { 10: 0.965, 20: 0.975, 50: 0.98 };
/** By how much the default may be worse than the better simple baseline on a device. */
const SLACK = 0.005;

/**
 * New devices from few samples: every measured device once in the role of the new one, the others as sources. A
 * device whose rank correlation with it is above `TWINS` is not among its sources.
 */
export async function transferBench(options: BenchOptions): Promise<void> {
  if (!hasData()) return;
  const experiment = new LeaveOneOut(options.into);
  const pieces: Piece<LeftOutTrial>[] = [];
  for (const family of FAMILIES) {
    const devices = await loadFamily(family);
    for (const device of devices.filter(({ tested }) => tested)) {
      for (const seed of family.seeds) {
        const name = `transfer/${family.name}/${device.device}/${seed}`;
        pieces.push({ name, run: () => experiment.run(family, device, devices, seed) });
      }
    }
  }
  const trials = await runPieces(pieces, options);
  await experiment.release();
  if (!trials) return;
  console.log(
    `sources: all other devices, those with Spearman > ${TWINS} left out; ` +
      'each seed draws 500 candidates, of which the strategy chooses; all other rows are the test',
  );
  for (const family of FAMILIES) {
    const own = trials.filter((trial) => trial.family === family.name);
    const devices = [...new Set(own.map(({ device }) => device))];
    const scores = devices.flatMap((device) => {
      const list = own.filter((trial) => trial.device === device);
      return summariseTrials(list, list[0].additivity);
    });
    if (scores.length > 0) report(family, scores, await ceilingsOf(family));
  }
}

/** By device, the most that its measurements allow; undefined for spaces without networks that compute the same. */
async function ceilingsOf(family: Family): Promise<ReadonlyMap<string, number> | undefined> {
  if (family.name !== 'nasbench201') return undefined;
  const devices = await loadFamily(family);
  return new Map(
    devices.map(({ device, samples, deadOperations }) => [
      device,
      rankCeiling(nasbench201, samples, deadOperations),
    ]),
  );
}

function report(
  family: Family,
  scores: readonly TransferScores[],
  ceilings: ReadonlyMap<string, number> | undefined,
): void {
  const { name, samples, seeds, trainedSeeds } = family;
  console.log(
    `\n${name}: ${seeds.length} seeds, networks trained by gradient ${trainedSeeds.length}; ` +
      'Spearman (±10 %) of the combined method and the simple baselines, chosen samples',
  );
  console.log(scoresByDevice(scores, samples, ceilings));
  console.log('means over the devices');
  console.log(scoresByMethod(scores, samples, [...transferMethods.map(({ name }) => name), MEASURED]));
  console.log('90 % intervals of the combined method, chosen samples');
  console.log(intervalCoverage(scores, samples));
  const of = (device: string, method: string, count: number) =>
    scores.find(
      (s) => s.device === device && s.method === method && s.samples === count && s.strategy === 'reference',
    )?.spearman.mean ?? Number.NaN;
  const devices = [...new Set(scores.map(({ device }) => device))];
  if (ceilings) {
    const { mean } = meanAndStd(devices.map((device) => ceilings.get(device)!));
    console.log(`the most that the scatter of the measurements allows: mean ${mean.toFixed(4)}`);
  }
  for (const count of samples) {
    const { mean } = meanAndStd(devices.map((d) => of(d, 'combined', count)));
    const behind = devices
      .map((d) => ({
        device: d,
        gap: Math.max(of(d, 'counts', count), of(d, MEASURED, count)) - of(d, 'combined', count),
      }))
      .filter(({ gap }) => gap > SLACK);
    const target = name === 'nasbench201' ? ` (target ${TARGETS[count]})` : '';
    const worse = behind.map(({ device, gap }) => `${device} by ${gap.toFixed(3)}`).join(', ') || 'none';
    console.log(
      `${count} samples: mean ${mean.toFixed(4)}${target}; more than ${SLACK} behind a baseline: ${worse}`,
    );
  }
}
