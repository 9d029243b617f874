import { Random } from '../../../src/base/random.js';
import { evidenceOf } from '../../../src/predictors/kernels/familiarity.js';
import { fitKernels, type KernelsPosterior } from '../../../src/predictors/kernels/kernels-model.js';
import { saveKernels } from '../../../src/predictors/kernels/saved.js';
import type { TimedNetwork } from '../../../src/predictors/kernels/timed-network.js';
import { type Kernel, UNSIZED } from '../../../src/runtimes/kernel.js';

export const EMPTY: Kernel = {
  kind: 'Relu',
  dtype: 'float32',
  inBytes: 0,
  outBytes: 0,
  weightBytes: 0,
  ...UNSIZED,
};

/** Microseconds on a made-up device: a product's rate falls where it is narrow, the others move bytes. */
function truth({ kind, macs, inBytes, outBytes, n }: Kernel): number {
  return kind === 'Gemm' ? 2 + (macs / 50_000) * (1 + 8 / n) : 1 + (inBytes + outBytes) / 5000;
}

function kernel(random: Random): Kernel {
  const [m, n] = [8 + random.integer(200), 4 + random.integer(200)];
  const k = 16 + random.integer(200);
  if (random.uniform() < 0.5) {
    return {
      ...EMPTY,
      kind: random.uniform() < 0.5 ? 'Relu' : 'Add',
      inBytes: 4 * m * n,
      outBytes: 4 * m * n,
      m,
    };
  }
  const macs = m * n * k;
  return {
    ...EMPTY,
    kind: 'Gemm',
    macs,
    paddedMacs: macs,
    inBytes: 4 * m * k,
    outBytes: 4 * m * n,
    weightBytes: 4 * n * k,
    m,
    n,
    k,
  };
}

/** Of a call beside its kernels. */
export const CALL_US = 15;

/** Networks of products and copies, dealt out to families. */
export function networks(count: number, families: number, seed: number): TimedNetwork[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => {
    const kernels = Array.from({ length: 5 + random.integer(20) }, () => kernel(random));
    const kernelUs = kernels.map((each) => truth(each));
    const totalUs = CALL_US + kernelUs.reduce((sum, us) => sum + us, 0);
    return { name: `n${i}`, family: `f${i % families}`, kernels, kernelUs, totalUs };
  });
}

/** Writes a predictor of the made-up device's kernels. */
export async function saveMadeUpKernels(
  folder: string,
  known: readonly TimedNetwork[] = networks(20, 4, 1),
  posterior: KernelsPosterior = fitKernels(known),
): Promise<void> {
  await saveKernels(folder, posterior, {
    format: 'tempograph-kernels/1',
    device: 'made_up',
    description: 'a made-up device',
    runtime: 'onnxruntime-cpu',
    level: 'all',
    data: {
      name: '',
      source: '',
      licence: '',
      sha256: '',
      networks: known.length,
      profiled: known.length,
      families: {},
      probes: null,
      noise: null,
    },
    kinds: Object.fromEntries(evidenceOf(known).kinds),
    latencyMs: { least: 0.01, greatest: 100 },
    interval: { level: 0.9, multiple: 2, unfamiliarMultiple: 4, coverage: null, width: null },
    scores: { familiar: null, unfamiliar: null },
    versions: {},
    createdAt: new Date(0).toISOString(),
  });
}
