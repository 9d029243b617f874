export interface WindowOptions {
  /** One size for every spatial dimension, or one for each. */
  readonly kernel: number | readonly number[];
  readonly stride?: number;
  /** Padding at both ends of each spatial dimension; by default, it keeps the size at stride 1. */
  readonly padding?: number;
}

/**
 * The ONNX attributes of a sliding window, and the size of the map that it writes.
 *
 * @param shape `[batch, channels, …]` of the input map
 */
export function windowOf(
  shape: readonly number[],
  { kernel: given, stride = 1, padding }: WindowOptions,
  dilation: number,
) {
  const spatial = shape.slice(2);
  const kernel = typeof given === 'number' ? spatial.map(() => given) : [...given];
  const around = kernel.map((k) => padding ?? Math.floor((dilation * (k - 1)) / 2));
  const size = spatial.map((s, i) =>
    Math.floor((s + 2 * around[i] - dilation * (kernel[i] - 1) - 1) / stride + 1),
  );
  return { kernel, strides: kernel.map(() => stride), pads: [...around, ...around], size };
}
