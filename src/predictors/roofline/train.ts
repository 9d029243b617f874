import { mean, median } from 'simple-statistics';
import { intervalFactors, leftOutCoverage } from './calibration.js';
import type { NetworkDevice } from './devices.js';
import { fitRoofline } from './fit.js';
import { type MeasuredNetwork, predictLeftOut } from './left-out.js';
import { fitLine, lineUs } from './line.js';
import { ORDINARY } from './parameters.js';
import type { LeftOutKinScores, NetworkModel } from './saved.js';

const LEVEL = 0.9;

/**
 * Learns a device from its measured networks. Scores, baseline and interval come from predictions without
 * each network's kin; the parameters come from all networks. Nothing is random.
 *
 * @param done called after each kin
 */
export function trainNetworkModel(
  device: NetworkDevice,
  networks: readonly MeasuredNetwork[],
  done?: (kin: string) => void,
): NetworkModel & { readonly predicted: Float64Array; readonly line: Float64Array } {
  const predicted = predictLeftOut(networks, device, done);
  const line = lineLeftOut(networks);
  const kin = networks.map(({ family }) => family);
  const residuals = predicted.map((us, i) => Math.log(networks[i].totalUs / us));
  const coverage = leftOutCoverage({ residuals, kin }, LEVEL);
  const batches = networks.map(({ batch }) => batch);
  return {
    device,
    card: {
      device: device.name,
      description: device.description,
      source: 'huggingface/pytorch-image-models results/ @ aa4b5850',
      licence: 'Apache-2.0',
      networks: networks.length,
      kin: [...new Set(kin)],
      batch: [Math.min(...batches), Math.max(...batches)],
      leftOut: leftOutKinScores(networks, predicted),
      baseline: leftOutKinScores(networks, line),
      interval: {
        level: LEVEL,
        ...intervalFactors({ residuals, kin }, LEVEL),
        coverage: coverage.networks,
        kinCoverage: coverage.kin,
        width: coverage.width,
      },
    },
    roofline: fitRoofline(networks, ORDINARY[device.runtime.device]),
    predicted,
    line,
  };
}

/** `[network]`, in microseconds: predicted by the linear function fitted to networks of other kin. */
function lineLeftOut(networks: readonly MeasuredNetwork[]): Float64Array {
  const lines = new Map(
    [...new Set(networks.map(({ family }) => family))].map((kin) => [
      kin,
      fitLine(
        networks
          .filter(({ family }) => family !== kin)
          .map(({ totals, totalUs }) => ({ totals, us: totalUs })),
      ),
    ]),
  );
  return Float64Array.from(networks, ({ family, totals }) => lineUs(lines.get(family)!, totals));
}

function leftOutKinScores(networks: readonly MeasuredNetwork[], predicted: Float64Array): LeftOutKinScores {
  const errors = networks.map(({ totalUs }, i) => Math.abs(predicted[i] / totalUs - 1));
  const kin = [...new Set(networks.map(({ family }) => family))];
  return {
    mape: mean(errors),
    median: median(errors),
    within10: errors.filter((error) => error <= 0.1).length / errors.length,
    kinMape: mean(kin.map((name) => mean(errors.filter((_, i) => networks[i].family === name)))),
  };
}
