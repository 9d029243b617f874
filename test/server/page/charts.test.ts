import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JSDOM } from 'jsdom';
import type { Measured } from '../../../server/page/api/devices.js';
import type { Point } from '../../../server/page/api/searches.js';
import { drawCalibration } from '../../../server/page/charts/calibration.js';
import { measuredText } from '../../../server/page/charts/measured.js';
import { drawScatter } from '../../../server/page/charts/search-scatter.js';

Object.assign(globalThis, { window: new JSDOM().window });

test('networks below the axis of accuracies point there, and are counted', () => {
  const points = Array.from({ length: 30 }, (_, i) => ({
    number: i,
    architecture: `a${i}`,
    accuracy: i < 2 ? 10 : 70 + i / 10,
    latencyMs: { board: 1 + i },
  })) as unknown as Point[];
  const cost = {
    name: 'latency',
    unit: 'ms',
    limit: null,
    of: ({ latencyMs }: Point) => latencyMs.board,
  };
  const figure = drawScatter(points, cost, 400);
  const below = figure.querySelectorAll('[aria-description="below the axis"] path');
  assert.equal(below.length, 3);
  assert.match(below[0].textContent!, /10\.00 %/);
  assert.match(figure.textContent!, /accuracy, % \(▾ 3 below\)/);
});

test('a model that has learned from measurements is scored on the others alone', () => {
  const interval = (low: number, high: number) => ({ level: 0.9, low, high, unfamiliar: false });
  const point = (predicted: number, learned: boolean): Measured => ({
    architecture: 'a',
    measured: 10,
    predicted,
    learned,
    interval: interval(predicted - 1, predicted + 1),
  });
  const all = [point(10, true), point(10, true), point(12, false), point(10.5, false)];
  assert.match(
    measuredText(all),
    /^of 2 that the model was not trained on, 50\.0 % within .*; 50\.0 % inside their 90 %/,
  );
  assert.match(measuredText(all.slice(2)), /^50\.0 % within .*; 50\.0 % inside/);
  assert.match(measuredText(all.slice(0, 2)), /trained on all of them/);
});

test('a calibration has a point for each probability, as high as what was observed', () => {
  const calibration = [0.25, 0.5, 0.75].map((predicted) => ({ predicted, observed: predicted ** 2 * 2 }));
  const dots = [...drawCalibration(calibration, 300).querySelectorAll('circle')];
  assert.equal(dots.length, 3);
  const [first, second, third] = dots.map((dot) => Number(dot.getAttribute('cy')));
  // Observed shares rise with the square: from 0.125 to 0.5 by 3, from 0.5 to 1.125 by 5.
  assert.ok(Math.abs((first - second) / (second - third) - 3 / 5) < 1e-6);
  assert.match(dots[0].textContent!, /12\.5 % within limits, 25\.0 % predicted/);
});
