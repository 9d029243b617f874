import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CompressibleModel } from '../../../src/compress/compressible-model.js';
import { thetaOf } from '../../../src/compress/g2p/evaluator.js';
import { g2pModel, g2pTheta } from '../../../src/compress/g2p/model.js';
import { g2pNetwork, g2pParameters } from '../../../src/compress/g2p/network.js';
import { Recogniser } from '../../../src/compress/g2p/recogniser.js';
import { loadShippedG2p } from '../../../src/compress/g2p/shipped.js';
import { trainG2p } from '../../../src/compress/g2p/training.js';
import { initialParameters } from '../../../src/nn/network.js';
import { decodeModel } from '../../../src/onnx/proto.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { spoken, words } from './words.js';

const FORM = { units: 32, embedding: 16 };

describe('the network from letters to phonemes', () => {
  it('learns, and goes on where it was cut off as if it had not been', async () => {
    const options = { form: FORM, epochs: 100, batchSize: 8, learningRate: 0.01, seed: 1 };
    const theta = await trainG2p(words, options, { threads: 1 });
    const recogniser = await Recogniser.of(FORM, 1);
    const before = await recogniser.errors(initialParameters(g2pNetwork(FORM), 1), words);
    const after = await recogniser.errors(theta as Float32Array, words);
    await recogniser.release();
    // Saying nothing at all is 100 %.
    assert.ok(before.phonemeErrorPercent > 90, String(before.phonemeErrorPercent));
    assert.ok(after.phonemeErrorPercent < 60, String(after.phonemeErrorPercent));

    const checkpoint = join(temporaryFolder(), 'checkpoint');
    const interrupt = new AbortController();
    const onProgress = () => interrupt.abort();
    const cut = { threads: 1, checkpoint, signal: interrupt.signal, onProgress };
    assert.equal(await trainG2p(words, options, cut), undefined);
    assert.deepEqual(await trainG2p(words, options, { threads: 1, checkpoint }), theta);
  });

  it('says the same as an ONNX model, with other matrices too', async () => {
    const theta = initialParameters(g2pNetwork(FORM), 3);
    const onnx = await g2pModel(FORM, theta, '');
    assert.deepEqual(g2pTheta(FORM, onnx), theta);
    const model = new CompressibleModel(decodeModel(onnx));
    const names = g2pParameters(FORM).map(({ name }) => name);
    assert.ok(model.matrices.length >= 10 && model.matrices.every(({ name }) => names.includes(name)));
    const recogniser = await Recogniser.of(FORM, 1);
    for (const ranks of [model.ranks.dense, Uint8Array.from(model.matrices, (_, i) => 1 + (i % 5))]) {
      const said = await recogniser.say(thetaOf(model, FORM, theta, ranks), words);
      // The compressed file has other nodes: rounding may turn a step in which two phonemes are as likely.
      assert.deepEqual(await spoken(model.onnx(ranks), words), said);
    }
    await recogniser.release();
  });

  it('ships with the word error that its card says', async () => {
    const { form, theta, card, onnx } = await loadShippedG2p();
    assert.ok(onnx.length < 5e6);
    assert.ok(card.scores.test.wordErrorPercent < 35 && card.scores.test.phonemeErrorPercent < 9);
    // CMUdict: "B L AE1 K", "R IY1 D ER0", "M AE1 SH IY0 N" are not said as they are spelled.
    const said = await spoken(await g2pModel(form, theta, ''), [{ spelling: 'black', pronunciations: [] }]);
    assert.deepEqual(said, [[7, 21, 2, 20]]);
  });
});
