import type { Command } from 'commander';
import { InputError, quote } from '../src/base/errors.js';
import { endsIn } from '../src/base/file-ending.js';
import { writeOutput } from '../src/base/write-output.js';
import { loadSamples } from '../src/datasets/load.js';
import type { Duplicates } from '../src/datasets/repeats.js';
import { connectedOnly, type Samples, select } from '../src/datasets/samples.js';
import { splitSamples } from '../src/datasets/split.js';
import { calibrate } from '../src/devices/calibration/calibrate.js';
import type { Agreement, DeviceFile } from '../src/devices/calibration/device-file.js';
import { deviceModel, deviceModels } from '../src/devices/calibration/models.js';
import type { AnalyticDevice } from '../src/devices/device.js';
import { LATENCY } from '../src/metrics/metric.js';
import { scores } from '../src/predictors/scores.js';
import { spaceNamed } from '../src/spaces/registry.js';
import type { SearchSpace } from '../src/spaces/space.js';
import { duplicatesOption, integer, spaceOption, unitOption } from './options.js';
import { nameInFiles, prepareOutput } from './output-file.js';
import { percent } from './percent.js';
import { countBar } from './progress.js';
import { dataSourceOf } from './provenance.js';
import { plainTable } from './table.js';

interface CalibrateFlags {
  device: string;
  data: string;
  space: string;
  measured?: string;
  unit?: string;
  duplicates: Duplicates;
  samples: number;
  seed: number;
  out?: string;
  json?: boolean;
}

/** `tempograph calibrate`: fits the constants of an analytic device to a few measurements. */
export function registerCalibrate(command: Command): void {
  command
    .requiredOption('--device <model>', `device model: ${deviceModels.map(({ name }) => name).join(', ')}`)
    .requiredOption('--data <file>', 'latency CSV (.csv or .csv.gz)')
    .addOption(spaceOption())
    .option('--measured <name>', 'device in that file (default: the only one)')
    .addOption(unitOption())
    .addOption(duplicatesOption('mean'))
    .option('--samples <n>', 'measurements to calibrate on; the rest are the test', integer('samples', 2), 50)
    .option('--seed <n>', 'seed of the random choice of measurements', integer('seed'), 1)
    .option('--out <file.json>', 'write the calibrated device (default: <model>_<measured>.json)')
    .option('--json', 'print the file as JSON')
    .addHelpText(
      'after',
      `
The file is an analytic device: \`label\`, \`predict\` and \`train --prior\` accept its path in place of a device's name.

Example:
  $ tempograph calibrate --device dpu --data my.csv --space mnasnet --samples 50 --out my_board.json
  $ tempograph predict --device my_board.json --space mnasnet e1k3l1se0_e6k3l2se0_e4k5l3se1_e6k3l3se0_e6k3l2se1_e6k5l3se1_e6k3l1se0`,
    )
    .action(runCalibrate);
}

async function runCalibrate(flags: CalibrateFlags): Promise<void> {
  if (flags.out !== undefined && !endsIn(flags.out, '.json')) {
    throw new InputError(`${quote(flags.out)} must end in .json`, { field: '--out' });
  }
  if (flags.out !== undefined) await prepareOutput(flags.out, '--out');
  const model = deviceModel(flags.device);
  const space = spaceNamed(flags.space);
  const loaded = await loadSamples(flags.data, { ...flags, space, device: flags.measured, metric: LATENCY });
  const samples = connectedOnly(space, loaded);
  const split = splitSamples(space, samples.architectures, {
    kind: 'random',
    train: flags.samples,
    valid: 0,
    seed: flags.seed,
  });
  const fitted = select(samples, split.train);
  const parameters = rounded(
    calibrate(
      fitted.architectures.map((architecture, i) => ({
        model,
        network: space.toNetwork(space.prune(architecture)),
        latencyMs: fitted.values[i],
      })),
    ),
  );
  const id = `${model.name}:${loaded.device}`;
  const identity = { id, description: `${model.description}, calibrated on ${loaded.device}` };
  const device = model.device(parameters, identity);
  const file: DeviceFile = {
    format: 'tempograph-device/1',
    ...identity,
    model: model.name,
    parameters,
    calibration: {
      data: dataSourceOf(flags.data, loaded).name,
      sha256: loaded.sha256,
      device: loaded.device,
      seed: flags.seed,
      fitted: agreement(space, device, fitted)!,
      others: agreement(space, device, select(samples, split.test)),
    },
  };
  const out = flags.out ?? `${nameInFiles(model.name)}_${loaded.device}.json`;
  const content = `${JSON.stringify(file, null, 2)}\n`;
  await writeOutput(out, content);
  if (flags.json) {
    process.stdout.write(content);
    return;
  }
  const table = plainTable(['constant', 'before', 'calibrated', 'unit', '']);
  for (const { name, value, unit, description } of model.parameters) {
    table.push([name, value, parameters[name], unit, description]);
  }
  console.log(table.toString());
  const { fitted: own, others } = file.calibration;
  console.log(`${out}: ${id}, ${own.samples} measurements: ${described(own)}`);
  if (others) console.log(`on ${others.samples} others: ${described(others)}`);
}

/** Constants rounded to the digits that measurements can determine, to keep files and tables readable. */
function rounded(parameters: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, Number(value.toPrecision(5))]),
  );
}

/** A ranking needs at least two samples. */
function agreement(space: SearchSpace, device: AnalyticDevice, samples: Samples): Agreement | null {
  const { architectures, values: measured } = samples;
  if (measured.length < 2) return null;
  const bar = countBar('testing');
  const predicted = Float64Array.from(architectures, (architecture, i) => {
    if (i % 64 === 0) bar.update(i, measured.length);
    return device.latency(space.toNetwork(space.prune(architecture))).latencyMs;
  });
  bar.stop();
  const { samples: count, within10, mape, spearman } = scores(predicted, measured);
  return { samples: count, within10, mape, spearman };
}

function described({ within10, mape, spearman }: Agreement): string {
  return `±10 % ${percent(within10)}, MAPE ${percent(mape)}, Spearman ${spearman.toFixed(4)}`;
}
