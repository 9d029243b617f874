import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CompressibleModel } from '../../../src/compress/compressible-model.js';
import { pairsOf } from '../../../src/compress/g2p/dictionary.js';
import { errorRates } from '../../../src/compress/g2p/error-rates.js';
import { thetaOf } from '../../../src/compress/g2p/evaluator.js';
import { JudgedG2p } from '../../../src/compress/g2p/judged.js';
import { g2pModel } from '../../../src/compress/g2p/model.js';
import { g2pNetwork } from '../../../src/compress/g2p/network.js';
import { compressInRounds } from '../../../src/compress/g2p/rounds.js';
import { trainG2p } from '../../../src/compress/g2p/training.js';
import { lowRankNetwork } from '../../../src/compress/low-rank-network.js';
import { findMatrices } from '../../../src/compress/weight-matrices.js';
import { createOnnxEngine } from '../../../src/nn/engines/onnx-engine.js';
import { initialParameters, type Network, startingFrom } from '../../../src/nn/network.js';
import { decodeModel } from '../../../src/onnx/proto.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { spoken, words } from './words.js';

const FORM = { units: 32, embedding: 16 };
const DICTIONARY = { train: words, valid: words, test: words };
const TRAINING = { epochs: 100, batchSize: 8, learningRate: 0.01, seed: 1 };

/** Losses of the words, one each. */
async function losses(network: Network, theta: Float32Array): Promise<Float32Array> {
  const { letters, phonemes, count } = pairsOf(words);
  const engine = await createOnnxEngine({
    network,
    options: { loss: 'l1', weightDecay: 0, clipNorm: 5, dropout: 0 },
    inputs: { letters, phonemes },
    target: new Float32Array(count),
    batchSize: 8,
    threads: 1,
  });
  const found = await engine.predict(theta, { letters, phonemes }, count);
  await engine.release();
  return found;
}

const nearlyEqual = (a: Float32Array, b: Float32Array, most: number) => {
  assert.equal(a.length, b.length);
  const apart = a.reduce((greatest, value, i) => Math.max(greatest, Math.abs(value - b[i])), 0);
  assert.ok(apart <= most, `${apart} apart`);
};

describe('a network with factors for matrices', () => {
  it('is the network with their products, the transposed matrix of attention among them', async () => {
    const network = g2pNetwork(FORM);
    const theta = initialParameters(network, 3);
    const model = new CompressibleModel(decodeModel(await g2pModel(FORM, theta, '')));
    assert.ok(model.matrices.some(({ transposed }) => transposed));
    const ranks = Uint8Array.from(model.matrices, (_, i) => i % 4);
    const lowRank = lowRankNetwork(startingFrom(network, theta), model.replacements(ranks));
    const factors = initialParameters(lowRank.network, 1);
    assert.ok(factors.length < theta.length);
    const products = lowRank.whole(factors);
    nearlyEqual(products, thetaOf(model, FORM, theta, ranks), 1e-6);
    nearlyEqual(await losses(lowRank.network, factors), await losses(network, products), 1e-5);
  });
});

describe('compressing and retraining by turns', () => {
  it('wins back what was lost, at the ranks that were found, and goes on where it was cut off', async () => {
    const theta = (await trainG2p(words, { form: FORM, ...TRAINING }, { threads: 1 })) as Float32Array;
    const given = await JudgedG2p.of({ form: FORM, theta }, DICTIONARY, { words: words.length, seed: 1 });
    const folder = temporaryFolder();
    const interrupt = new AbortController();
    const limits: number[] = [];
    const found: number[] = [];
    /** The first of one option for all matrices that keeps the limit. */
    const rounds = (signal?: AbortSignal) =>
      compressInRounds(
        given,
        { maxParameters: 0.36, rounds: 2, training: TRAINING },
        {
          async search({ model, evaluator }, limit) {
            const { space, ranks } = model.ranks;
            const left = model.parameters - space.macs(model.ranks.dense);
            const options = [...Array(8).keys()].map((option) =>
              Uint8Array.from(ranks, ({ length }) => Math.min(option, length - 1)),
            );
            const within = options.find((each) => left + space.macs(each) <= limit * model.parameters);
            assert.ok(within);
            const outcome = await evaluator.evaluate(within);
            limits.push(limit);
            found.push('accuracy' in outcome ? outcome.accuracy : Number.NaN);
            return within;
          },
          training: (round) => ({
            threads: 1,
            checkpoint: join(folder, `round-${round}`),
            signal,
            onProgress: () => round === 2 && interrupt.abort(),
          }),
        },
      );
    assert.equal(await rounds(interrupt.signal), undefined);
    const resumed = await rounds();
    assert.ok(resumed);
    const { judged, rounds: done } = resumed;
    // The same limits and ranks twice, for the first round's training was kept.
    assert.deepEqual(limits.slice(2), limits.slice(0, 2));
    assert.ok(Math.abs(limits[0] - 0.6) < 1e-9);
    assert.deepEqual(
      done.map(({ maxParameters }) => maxParameters),
      [0.6, 0.36],
    );
    assert.ok(done[0].parameters <= 0.6 && done[1].parameters <= 0.36);
    const [before, after] = [100 - found[1], done[1].scores.valid.wordErrorPercent];
    assert.ok(after < before, `${before} % wrong before retraining, ${after} % after it`);

    const onnx = judged.model.onnx(judged.model.ranks.dense);
    assert.equal(findMatrices(decodeModel(onnx)).parameters, judged.model.parameters);
    assert.deepEqual(errorRates(words, await spoken(onnx, words)), done[1].scores.valid);
    await given.release();
  });
});
