import { InputError, quote } from '../../base/errors.js';
import type { DeviceParameter } from '../device.js';

interface Choice {
  readonly unit: string;
  readonly description: string;
  readonly options: readonly number[];
}

/** The choices of an accelerator (Codesign-NAS, table 1), with their names in CHaiDNN. */
const CHOICES = {
  filters: {
    unit: 'channels',
    description: 'Output channels that an engine works on at a time (XI_KER_PROC)',
    options: [8, 16],
  },
  pixels: {
    unit: 'pixels',
    description: 'Output pixels that all engines together work on at a time (XI_PIX_PROC)',
    options: [4, 8, 16, 32, 64],
  },
  inputDepth: {
    unit: 'entries',
    description: 'Depth of the input buffer (XI_ISTAGEBUFF_DEPTH)',
    options: [1024, 2048, 4096, 8192],
  },
  weightDepth: {
    unit: 'entries',
    description: 'Depth of the weight buffer (XI_WEIGHTBUFF_DEPTH)',
    options: [1024, 2048, 4096],
  },
  outputDepth: {
    unit: 'entries',
    description: 'Depth of the output buffer (XI_OSTAGEBUFF_DEPTH)',
    options: [1024, 2048, 4096],
  },
  memoryBits: {
    unit: 'bit',
    description: 'Width of the interface to external memory',
    options: [256, 512],
  },
  poolingEngines: {
    unit: 'engines',
    description: 'Engines for pooling; with none, the convolution engine pools',
    options: [0, 1],
  },
  share3x3: {
    unit: 'of the DSP blocks',
    description: 'Part of the multipliers in the engine for 3×3; 1 is one engine for all kernels',
    options: [1, 0.75, 0.67, 0.5, 0.33, 0.25],
  },
} as const satisfies Record<string, Choice>;

type Name = keyof typeof CHOICES;
const NAMES = Object.keys(CHOICES) as Name[];

/** One accelerator: an option of each choice. */
export type CodesignConfiguration = { readonly [N in Name]: number };

/** Number of accelerators: 8,640. */
export const CONFIGURATIONS = NAMES.reduce((count, name) => count * CHOICES[name].options.length, 1);

/** The choices as slots of a search space, in the order of the indices. */
export const configurationSlots: readonly { readonly name: string; readonly options: readonly string[] }[] =
  NAMES.map((name) => ({
    name,
    options: CHOICES[name].options.map(String),
  }));

/** CHaiDNN with 1,024 DSP blocks, as in its sources, with the pooling engine. */
export const CHAIDNN: CodesignConfiguration = {
  filters: 16,
  pixels: 32,
  inputDepth: 8192,
  weightDepth: 2048,
  outputDepth: 2048,
  memoryBits: 512,
  poolingEngines: 1,
  share3x3: 1,
};

/** The accelerator with an index 0 … 8,639; the last choice varies fastest. */
export function configurationAt(index: number): CodesignConfiguration {
  if (!Number.isInteger(index) || index < 0 || index >= CONFIGURATIONS) {
    throw new InputError(
      `${quote(index)} is not an accelerator's index; they go from 0 to ${CONFIGURATIONS - 1}`,
    );
  }
  const values: [Name, number][] = [];
  let rest = index;
  for (const name of NAMES.toReversed()) {
    const options: readonly number[] = CHOICES[name].options;
    values.push([name, options[rest % options.length]]);
    rest = Math.floor(rest / options.length);
  }
  return Object.fromEntries(values.reverse()) as CodesignConfiguration;
}

/** Index of an accelerator, 0 … 8,639. */
export function configurationIndex(configuration: CodesignConfiguration): number {
  return NAMES.reduce((index, name) => {
    const options: readonly number[] = CHOICES[name].options;
    return index * options.length + options.indexOf(configuration[name]);
  }, 0);
}

/** An accelerator as text: `16x32-i8192-w2048-o2048-m512-p1-s1`. */
export function formatConfiguration(configuration: CodesignConfiguration): string {
  const { filters, pixels, inputDepth, weightDepth, outputDepth, memoryBits } = configuration;
  const { poolingEngines, share3x3 } = configuration;
  return `${filters}x${pixels}-i${inputDepth}-w${weightDepth}-o${outputDepth}-m${memoryBits}-p${poolingEngines}-s${share3x3}`;
}

const PATTERN = /^(\d+)x(\d+)-i(\d+)-w(\d+)-o(\d+)-m(\d+)-p(\d+)-s([\d.]+)$/;

/** @throws InputError that names the wrong choice and its options */
export function parseConfiguration(text: string): CodesignConfiguration {
  const values = PATTERN.exec(text)?.slice(1).map(Number);
  if (!values) {
    throw new InputError(
      `${quote(text)} is not an accelerator; one looks like ${formatConfiguration(CHAIDNN)} ` +
        '(filters x pixels, depth of input, weight and output buffer, memory bits, pooling engines, share for 3×3)',
    );
  }
  const named = NAMES.map((name, i) => [name, values[i]] as const);
  for (const [name, value] of named) {
    const options: readonly number[] = CHOICES[name].options;
    if (!options.includes(value)) {
      throw new InputError(`${name} is ${value} in ${quote(text)}; it must be one of ${options.join(', ')}`);
    }
  }
  return Object.fromEntries(named) as CodesignConfiguration;
}

/** The choices of an accelerator as parameters of an analytic device. */
export function configurationParameters(configuration: CodesignConfiguration): DeviceParameter[] {
  return NAMES.map((name) => {
    const { unit, description, options } = CHOICES[name];
    return {
      name,
      value: configuration[name],
      unit,
      description: `${description}: ${options.join(', ')}`,
      range: [Math.min(...options), Math.max(...options)],
    };
  });
}
