/** Standardised logarithm: values span a factor of ten, and their noise is relative. */
export interface TargetScaling {
  readonly transform: 'log';
  /** Mean and standard deviation of ln(value) over the training samples. */
  readonly mean: number;
  readonly std: number;
}

export function fitScaling(values: Float64Array): TargetScaling {
  const logs = values.map(Math.log);
  const mean = logs.reduce((sum, x) => sum + x, 0) / logs.length;
  const variance = logs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / logs.length;
  return { transform: 'log', mean, std: Math.sqrt(variance) || 1 };
}

export function standardiseTarget(values: Float64Array, { mean, std }: TargetScaling): Float32Array {
  return Float32Array.from(values, (value) => (Math.log(value) - mean) / std);
}
