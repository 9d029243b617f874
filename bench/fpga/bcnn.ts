import { plainTable } from '../../cli/table.js';
import { analyticDevice } from '../../src/devices/catalogue.js';
import { binaryCifar10 } from '../../src/network/zoo/families/binary-cifar10.js';

/** UF, P, estimated and real cycles (Li et al., arXiv:1702.06392). */
const PUBLISHED: Readonly<Record<string, readonly [number, number, number, number]>> = {
  conv1: [27, 32, 4096, 5233],
  conv2: [384, 32, 12288, 12386],
  conv3: [384, 16, 12288, 12296],
  conv4: [768, 16, 12288, 13329],
  conv5: [768, 8, 12288, 12386],
  conv6: [1536, 8, 12288, 14473],
};
/** Of the accelerator, and how much slower a Titan X is for single requests; for large batches it is on a par. */
const PUBLISHED_RATE = 6218;
const TITAN_X_SLOWER = 8.3;

/** The binary streaming accelerator: the published design, and throughput over batch size beside a GPU's. */
export function bcnnBench(): void {
  const { layers, intervalMs, latencyMs, use } = analyticDevice('bcnn:virtex7_690t').latency(binaryCifar10());
  const head = ['BCNN, Virtex-7 690T', 'UF', 'P', 'cycles', 'published: UF', 'P', 'estimated', 'real'];
  const table = plainTable(head);
  for (const { node, cycles, use } of layers) {
    table.push([node, use.unfolding, use.pixels, cycles, ...(PUBLISHED[node] ?? ['', '', '', ''])]);
  }
  console.log(table.toString());
  console.log(
    `${use.logic} LUTs, ${use.bram36} block RAMs, ${use.dsp} DSP blocks; one image ${latencyMs.toFixed(3)} ms`,
  );
  // A GPU needs the same overhead for any batch, and then so long per image.
  const perImageMs = 1000 / PUBLISHED_RATE;
  const overheadMs = (TITAN_X_SLOWER - 1) * perImageMs;
  const rates = plainTable([
    'images/s at batch size',
    'accelerator, one request at a time',
    'Titan X, model from published ratios',
  ]);
  for (const batch of [1, 4, 16, 64, 256, 1024]) {
    const gpu = (1000 * batch) / (overheadMs + batch * perImageMs);
    rates.push([batch, (1000 / intervalMs!).toFixed(0), gpu.toFixed(0)]);
  }
  console.log(rates.toString());
  console.log(`published: ${PUBLISHED_RATE} images/s, from the real cycles of conv6`);
}
