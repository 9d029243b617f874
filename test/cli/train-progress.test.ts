import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sayDuration, timeLine, trainingLines } from '../../cli/train-progress.js';
import { furtherFits } from '../../src/predictors/intervals/out-of-fold.js';

test('how long a training takes is its epochs and those of its further fits', () => {
  const estimate = { epochs: 100, epochsLeft: 100, secondsPerEpoch: 1 };
  assert.equal(
    timeLine(estimate, 9),
    'takes about 17 min: 100 epochs, then 9 further fits for intervals; less if fewer are enough',
  );
  assert.equal(
    timeLine({ ...estimate, epochsLeft: 40 }, 0),
    'takes about 40 s: 40 epochs; less if fewer are enough',
  );
});

test('a piped training says where it is in a line per ten seconds and per fit', () => {
  const lines: string[] = [];
  let now = 0;
  const progress = trainingLines(
    9,
    (line) => lines.push(line),
    () => now,
  );
  for (let epoch = 1; epoch <= 25; epoch++) {
    now = epoch * 1000;
    progress.onEpoch({ epoch, epochs: 100, loss: 0.5 });
  }
  progress.onFold(0, 9);
  progress.onFold(1, 9);
  progress.onFold(1, 9);
  // After eleven epochs of a second each 89 are left, and nine fits of a hundred: 989 s.
  assert.deepEqual(lines, [
    'epoch 11 of 100, loss 0.5000, about 16 min left',
    'epoch 21 of 100, loss 0.5000, about 16 min left',
    'further fit 1 of 9 done',
  ]);
  assert.equal(sayDuration(42.3), '42 s');
});

test('further fits: as many folds as top the validation samples up to a thousand', () => {
  assert.equal(furtherFits({ train: 900, valid: 100, samples: 1000 }), 9);
  assert.equal(furtherFits({ train: 900, valid: 100, samples: 0 }), 0);
  assert.equal(furtherFits({ train: 12_500, valid: 1562, samples: 1000 }), 0);
  assert.equal(furtherFits({ train: 80, valid: 10, samples: 1000 }), 8);
});
