import { FAMILIAR_SHARE } from './familiarity.js';
import { KNOWN_FROM } from './known-from.js';
import type { NetworkPrediction, SavedKernels } from './saved.js';

/** A prediction as JSON, as printed by the command line and returned by the service. */
export function networkAnswer(predictor: SavedKernels, prediction: NetworkPrediction) {
  const { latencyMs, interval, totalUs, familiarity } = prediction;
  const { device, version } = predictor.card;
  return {
    device,
    modelVersion: version,
    latencyMs,
    ...(interval && { interval: { ...interval, unfamiliar: !familiarity.familiar } }),
    familiar: familiarity.familiar,
    unfamiliarKinds: familiarity.kinds.map((kind) => ({ ...kind })),
    remarks: remarks(prediction),
    kernels: prediction.kernels.map(({ kernel, count, us, logStd }) => {
      const spread = predictor.kernelSpread(logStd);
      const ms = (count * us) / 1000;
      return {
        kind: kernel.kind,
        activation: kernel.activation,
        runs: count,
        ms,
        share: (count * us) / totalUs,
        lowMs: ms / spread,
        highMs: ms * spread,
        macs: count * kernel.macs,
        bytes: count * (kernel.inBytes + kernel.outBytes + kernel.weightBytes),
      };
    }),
  };
}

/** Smallest share of the time that is worth mentioning. */
const WORTH_SAYING = 0.01;

/**
 * What is unfamiliar about a network, and which command would make it familiar.
 *
 * @param file of the network, if there is one
 */
export function remarks({ familiarity, kernels, totalUs }: NetworkPrediction, file = 'my.onnx'): string[] {
  const { kinds, farShare, clockShare, outOfRange, familiar } = familiarity;
  const said = kinds
    .filter(({ share }) => share >= WORTH_SAYING)
    .map(
      ({ kind, share, measured }) =>
        `unfamiliar: ${kind}, ${share100(share)} of the time, ${measured === 0 ? 'never measured' : `only ${measured} of them measured, ${KNOWN_FROM} are enough`}`,
    );
  if (farShare >= WORTH_SAYING) {
    said.push(
      `unfamiliar: ${share100(farShare)} of the time in kernels of shapes unlike those that were measured`,
    );
  }
  if (outOfRange) said.push('unfamiliar: beyond the latencies that were measured');
  const isExtrapolated = said.length > 0 && !familiar;
  if (clockShare >= FAMILIAR_SHARE) {
    const runs = kernels.reduce((sum, { count }) => sum + count, 0);
    said.push(
      `unfamiliar: ${runs} kernels of ${(totalUs / runs).toPrecision(2)} µs on average, too short for a profiler's clock; \`tempograph measure --onnx ${file}\` times the whole`,
    );
  }
  if (isExtrapolated) {
    said.push(
      `the prediction is an extrapolation; \`tempograph measure --onnx ${file} --profile\` measures its ${kernels.length} kernels`,
    );
  }
  return said;
}

const share100 = (share: number): string => `${Math.round(100 * share)} %`;
