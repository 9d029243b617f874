import type { Prediction } from '../../api/predict.js';
import type { Predicted } from '../models/served-predictor.js';

/** A prediction of latency in the form of version 0.1: `latencyMs`, and `lowMs` and `highMs` of its interval. */
export function latencyPrediction({ value, interval, ...said }: Predicted): Prediction {
  if (value === undefined) return said;
  if (!interval) return { ...said, latencyMs: value };
  const { low: lowMs, high: highMs, level, unfamiliar } = interval;
  return { ...said, latencyMs: value, interval: { lowMs, highMs, level, unfamiliar } };
}
