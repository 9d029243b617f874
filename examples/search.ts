// A search with your own evaluator: the most accurate network that takes at most 10 ms on a Pixel 3.
//
//     npm run build && node dist/examples/search.js
import { bestOf, type Evaluator, prepareSearch, runSeed, spaceNamed } from 'tempograph';

const space = spaceNamed('nasbench201');

/** Stands in for a training: a made-up accuracy that increases with the network's multiply-accumulates. */
const evaluator: Evaluator = {
  async evaluate(architecture) {
    const macs = space.macs(architecture);
    if (macs === 0) return { error: 'it has nothing to train' };
    return { accuracy: 100 - 400 / Math.log2(macs) ** 1.2 };
  },
};

const prepared = await prepareSearch({
  space,
  evaluator,
  objective: 'accuracy',
  device: ['pixel3'],
  maxLatency: [10],
  seed: 1,
});
const run = await runSeed(
  { strategy: 'local', options: {}, objective: 'accuracy', budget: 20, parallel: 2, seed: 1 },
  prepared,
);

const best = bestOf(run.trials)!;
const { architectures, costs } = prepared.pool;
console.log(`${prepared.pool.size} candidates within the limit, ${run.trials.length} trained`);
console.log(`best: ${space.format(architectures[best.candidate])}, ${best.outcome.accuracy.toFixed(2)} %`);
for (const [name, values] of Object.entries(costs)) {
  console.log(`${name}: ${values[best.candidate].toFixed(2)}`);
}
