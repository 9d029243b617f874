import { InputError, quote } from '../base/errors.js';

/**
 * One call of the runtime into a piece of compiled code. A profiler times these calls, and a network's time
 * is their sum. Sizes are for one call; sizes that a kind of kernel does not have are 0.
 *
 * A matrix product multiplies `m` rows of `k` elements into `n` columns, `batch` times. A convolution has one
 * row per output position, `k` = window × input channels / groups, and `n` = output channels / groups. A
 * normalisation or softmax has `m` rows of `n` elements. A recurrent network has `steps` steps.
 */
export interface Kernel {
  /**
   * The runtime's operator and its variant, as named by `kernelOf`: `Conv.pointwise`, `Gemm.vector`,
   * `Add.broadcast`.
   */
  readonly kind: string;
  /** Element type of the computation: `float32`, `float16`, `int8` … */
  readonly dtype: string;
  /** Multiply-accumulates. */
  readonly macs: number;
  /** Multiply-accumulates with channels and columns padded to whole vector registers. */
  readonly paddedMacs: number;
  /** Bytes of activations read. */
  readonly inBytes: number;
  /** Bytes written. */
  readonly outBytes: number;
  /** Bytes of constants used as factors. */
  readonly weightBytes: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Number of matrix products in one call; for a recurrent network, number of sequences. */
  readonly batch: number;
  /** Number of elements in the window of a convolution or pooling. */
  readonly window: number;
  /** Largest stride of the window. */
  readonly stride: number;
  /** Largest dilation of the window. */
  readonly dilation: number;
  readonly groups: number;
  readonly inChannels: number;
  readonly outChannels: number;
  /** Activation computed in the same call, by its operator (`Relu`); empty if there is none. */
  readonly activation: string;
  /** Whether another tensor is added in the same call. */
  readonly fusedSum: boolean;
  /** Number of elements copied or read in one piece: transposes, slices, concatenations, broadcasts. */
  readonly innerLength: number;
  /** Number of steps of a recurrent network. */
  readonly steps: number;
}

/** Values of fields that are not described: one product without sizes. */
export const UNSIZED = {
  macs: 0,
  paddedMacs: 0,
  m: 0,
  n: 0,
  k: 0,
  batch: 1,
  window: 0,
  stride: 1,
  dilation: 1,
  groups: 1,
  inChannels: 0,
  outChannels: 0,
  activation: '',
  fusedSum: false,
  innerLength: 0,
  steps: 0,
} as const satisfies Partial<Kernel>;

/** The fields that describe a kernel beyond those that every node has. */
export type Described = Partial<Kernel>;

/** Channels of an NCHWc block, and floats of a vector register, on a machine with AVX-512. */
export const VECTOR = 16;

/** A key that is equal for kernels that run the same code on the same sizes. */
export function kernelKey(kernel: Kernel): string {
  return KERNEL_COLUMNS.map((column) => cell(kernel, column)).join(',');
}

/** The columns of a kernel table, with the fields that they hold. */
const FIELDS = {
  kind: 'kind',
  dtype: 'dtype',
  macs: 'macs',
  padded_macs: 'paddedMacs',
  in_bytes: 'inBytes',
  out_bytes: 'outBytes',
  weight_bytes: 'weightBytes',
  m: 'm',
  n: 'n',
  k: 'k',
  batch: 'batch',
  window: 'window',
  stride: 'stride',
  dilation: 'dilation',
  groups: 'groups',
  in_channels: 'inChannels',
  out_channels: 'outChannels',
  activation: 'activation',
  fused_sum: 'fusedSum',
  inner_length: 'innerLength',
  steps: 'steps',
} as const satisfies Record<string, keyof Kernel>;

export type KernelColumn = keyof typeof FIELDS;

/** The kernel columns of a kernel table; it also has columns for times and for the network. */
export const KERNEL_COLUMNS = Object.keys(FIELDS) as readonly KernelColumn[];

const TEXTS: ReadonlySet<keyof Kernel> = new Set(['kind', 'dtype', 'activation']);

function cell(kernel: Kernel, column: KernelColumn): string {
  const value = kernel[FIELDS[column]];
  return typeof value === 'boolean' ? String(Number(value)) : String(value);
}

/** The kernel as cells of a CSV row, in the order of `KERNEL_COLUMNS`. */
export const kernelCells = (kernel: Kernel): string[] => KERNEL_COLUMNS.map((column) => cell(kernel, column));

/**
 * Reads a kernel from a CSV row.
 *
 * @param row cells by column
 * @param at file and line, for errors
 * @throws InputError that names a column that is missing, or whose value is not a number of at least 0
 */
export function kernelFromCells(
  row: Readonly<Record<string, string | undefined>>,
  at: { file?: string; line?: number } = {},
): Kernel {
  const entries = KERNEL_COLUMNS.map((column) => {
    const field = FIELDS[column];
    const text = row[column];
    if (text === undefined) throw new InputError('a table of kernels needs this column', { ...at, column });
    if (TEXTS.has(field)) return [field, text];
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
      throw new InputError(`${quote(text)} is not a number of at least 0`, { ...at, column });
    }
    return [field, field === 'fusedSum' ? value === 1 : value];
  });
  return Object.fromEntries(entries) as unknown as Kernel;
}
