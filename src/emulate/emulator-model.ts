import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs';
import { version } from '../base/version.js';
import { tf } from '../nn/engines/tfjs.js';
import { inferenceModel, type ModelParameter } from '../nn/inference-model.js';
import { outputOfColumn } from './columns.js';
import type { Fitted } from './fit.js';
import type { Runs } from './runs.js';
import type { Scaling } from './scaling.js';
import { derived, derivedParameters, type Form } from './super-architecture.js';

/** The parts that make up an emulator's model. */
export interface EmulatorParts {
  readonly form: Form;
  readonly scaling: Scaling;
  readonly fits: readonly Pick<Fitted, 'theta' | 'architectures'>[];
  readonly columns: Pick<Runs, 'inputs' | 'outputs'>;
}

/**
 * Ends of intervals, standardised: mean ± factor · (spread within fits + floor). If each fit is a single network, the floor is the
 * usual spread over fits, and intervals are mean ± factor · floor, but wider where that spread is unusually large. Each
 * `[output column]`.
 */
export interface IntervalScale {
  readonly factor: readonly number[];
  readonly floor: readonly number[];
}

/** How many times the usual spread over fits is unusual: from there on, intervals widen in proportion to it. */
const UNUSUAL = 2;

/** Keeps logarithms of inputs and powers of outputs within single precision, even for values that were never run. */
const [LEAST, LARGEST_LOG] = [1e-37, 85];

/**
 * The networks themselves, for calibration, as an ONNX file: from `x` `[batch, inputs]` in the simulator's
 * units to `networks` `[fits · draws, batch, outputs]`, standardised.
 */
export function networksModel(parts: EmulatorParts): Promise<Uint8Array> {
  return inferenceModel(
    inputsOf(parts),
    parametersOf(parts),
    (p, { x }) => ({ networks: networks(parts, p, x) }),
    version,
  );
}

/**
 * The bytes of an emulator's `model.onnx`: from `x` `[batch, inputs]` to `mean`, `low`, `high` and `spread`
 * `[batch, outputs]`, all in the simulator's units. `spread` is the standard deviation over the networks.
 */
export function emulatorModel(parts: EmulatorParts, { factor, floor }: IntervalScale): Promise<Uint8Array> {
  const { scaling, columns } = parts;
  const rows: [string, readonly number[]][] = [
    ['outputMean', scaling.outputMean],
    ['outputStd', scaling.outputStd],
    ['factor', factor],
    ['floor', floor],
  ];
  const logs = outputOfColumn(columns.outputs).map((k) => Number(columns.outputs[k].log ?? false));
  if (logs.includes(1)) rows.push(['outputLog', logs]);
  const parameters = [...parametersOf(parts), ...rows.map(([name, values]) => row(name, values))];
  return inferenceModel(
    inputsOf(parts),
    parameters,
    (p, { x }) => {
      const each = networks(parts, p, x);
      const mean = tf.mean(each, 0);
      const spread = tf.sqrt(tf.mean(tf.square(tf.sub(each, mean)), 0));
      const single = parts.fits[0].architectures.length === 1;
      const wide = single
        ? tf.maximum(tf.div(spread, UNUSUAL), p.floor)
        : tf.add(withinFits(each, parts), p.floor);
      const reach = tf.mul(p.factor, wide);
      const unscaled = (value: Tensor) => tf.add(tf.mul(value, p.outputStd), p.outputMean);
      const inUnits = (value: Tensor) =>
        logs.includes(1) ? powersWhere(p.outputLog, unscaled(value)) : unscaled(value);
      const value = inUnits(mean);
      const stretched = logs.includes(1)
        ? tf.add(tf.mul(p.outputLog, value), tf.sub(1, p.outputLog))
        : tf.onesLike(value);
      return {
        mean: value,
        low: inUnits(tf.sub(mean, reach)),
        high: inUnits(tf.add(mean, reach)),
        // For a logarithmic output, the first-order deviation of the value itself.
        spread: tf.mul(tf.mul(spread, p.outputStd), stretched),
      };
    },
    version,
  );
}

/** Mean over fits of the standard deviation over each fit's networks, `[batch, outputs]`. */
function withinFits(each: Tensor, { fits, form }: EmulatorParts): Tensor {
  const draws = fits[0].architectures.length;
  const ofFits = tf.reshape(each, [fits.length, draws, -1, form.outputs]);
  const own = tf.mean(ofFits, 1, true);
  return tf.mean(tf.sqrt(tf.mean(tf.square(tf.sub(ofFits, own)), 1)), 0);
}

const inputsOf = ({ columns }: EmulatorParts) => [{ name: 'x', shape: [columns.inputs.length] }];

const row = (name: string, values: readonly number[]): ModelParameter => ({
  name,
  shape: [1, values.length],
  values: Float32Array.from(values),
});

function parametersOf({ form, scaling, fits, columns }: EmulatorParts): ModelParameter[] {
  const logs = columns.inputs.map(({ log }) => Number(log ?? false));
  return [
    row('inputMean', scaling.inputMean),
    row('inputStd', scaling.inputStd),
    ...(logs.includes(1) ? [row('inputLog', logs)] : []),
    ...derivedParameters(form, fits),
  ];
}

/** `[fits · draws, batch, outputs]`. */
function networks({ form, fits }: EmulatorParts, p: NamedTensorMap, x: Tensor): Tensor {
  const seen = p.inputLog ? logarithmsWhere(p.inputLog, x) : x;
  const standardised = tf.div(tf.sub(seen, p.inputMean), p.inputStd);
  return derived(form, p, standardised, fits[0].architectures.length);
}

const logarithmsWhere = (flags: Tensor, x: Tensor) =>
  tf.add(tf.mul(flags, tf.log(tf.maximum(x, LEAST))), tf.mul(tf.sub(1, flags), x));

/** Exponentials where the flag is set. Elsewhere 0 is used instead of x, which could overflow. */
const powersWhere = (flags: Tensor, x: Tensor) =>
  tf.add(tf.mul(flags, tf.exp(tf.minimum(tf.mul(flags, x), LARGEST_LOG))), tf.mul(tf.sub(1, flags), x));
