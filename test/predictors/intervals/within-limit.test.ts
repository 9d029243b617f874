import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitLog, probabilityWithin } from '../../../src/predictors/intervals/within-limit.js';

/** A prediction of 10 whose measurements scatter by up to ln 1.2 to either side. */
const spread = {
  level: 0.9,
  logLow: Float32Array.of(-Math.log(1.2)),
  logHigh: Float32Array.of(Math.log(1.2)),
  unfamiliarity: Float32Array.of(0),
};
/** A fifth below 10 / √1.2, six tenths below 10: predictions are a little high. */
const quantiles = [
  { share: 0.05, position: 0 },
  { share: 0.2, position: 0.25 },
  { share: 0.6, position: 0.5 },
  { share: 0.8, position: 0.75 },
  { share: 0.95, position: 1 },
];
/** As cards were: of the lower side the end alone. */
const upper = [
  { share: 0.5, multiple: 0 },
  { share: 0.8, multiple: 0.5 },
  { share: 0.95, multiple: 1 },
];
const cards = { quantiles: { quantiles }, upper: { upper }, neither: undefined };
type Card = keyof typeof cards;
const within = (limit: number, better: 'less' | 'more' = 'less', card: Card = 'quantiles') =>
  probabilityWithin(spread, 0, cards[card], { value: 10, limit, better });
const limitOf = (probability: number, better: 'less' | 'more' = 'less', card: Card = 'quantiles') =>
  10 * Math.exp(limitLog(spread, 0, cards[card], { probability, better }));
const close = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-6, `${a} ${b}`);

test('at the calibrated quantiles it is their share, on both sides of the prediction', () => {
  close(within(12.1), 0.975);
  close(within(12 * (1 - 1e-7)), 0.95);
  close(within(10 * Math.sqrt(1.2)), 0.8);
  close(within(10), 0.6);
  close(within(10 / Math.sqrt(1.2)), 0.2);
  close(within((10 / 1.2) * (1 + 1e-7)), 0.05);
  close(within(10 / 1.2 ** 0.25), 0.4);
});

test('a card without quantiles answers as before them', () => {
  close(within(10 * Math.sqrt(1.2), 'less', 'upper'), 0.8);
  close(within(10, 'less', 'upper'), 0.5);
  close(within(10 / Math.sqrt(1.2), 'less', 'upper'), 0.275);
  close(within(10 * Math.sqrt(1.2), 'less', 'neither'), 0.725);
  close(within(10 / Math.sqrt(1.2), 'less', 'neither'), 0.275);
});

for (const card of Object.keys(cards) as Card[]) {
  test(`it never falls as the limit rises, and is never certain, by a card with ${card}`, () => {
    const limits = Array.from({ length: 200 }, (_, k) => 5 + k / 10);
    const all = limits.map((limit) => within(limit, 'less', card));
    assert.ok(all.every((p, k) => k === 0 || p >= all[k - 1]));
    assert.ok(Math.abs(all[0] - 0.025) < 1e-9 && Math.abs(all[199] - 0.975) < 1e-9);
  });

  test(`where more is better, within is at least: the other side of the same, by a card with ${card}`, () => {
    for (const limit of [5, 9, 10, 11, 15])
      close(within(limit, 'more', card) + within(limit, 'less', card), 1);
  });
}

test('a limit of a probability is one that is met with it, never better than the prediction', () => {
  for (const probability of [0.6, 0.7, 0.8, 0.9]) close(within(limitOf(probability)), probability);
  close(limitOf(0.5), 10);
  for (const probability of [0.5, 0.6, 0.8, 0.94]) {
    close(within(limitOf(probability, 'more') * (1 + 1e-9), 'more'), probability);
  }
  close(limitOf(0.65, 'less', 'upper'), 10 * 1.2 ** 0.25);
  close(limitOf(0.95, 'less', 'upper'), 12);
  close(limitOf(0.725, 'more', 'upper'), 10 / Math.sqrt(1.2));
  close(limitOf(0.6, 'less', 'neither'), 12);
  close(limitOf(0.6, 'more', 'neither'), 10 / 1.2);
});
