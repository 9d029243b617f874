import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JSDOM } from 'jsdom';
import { bestSoFar, meanCurve, selectedSoFar } from '../../../src/search/report/curve.js';
import { curvePlot } from '../../../src/search/report/curve-plot.js';
import { summariseRun } from '../../../src/search/report/run-summary.js';
import type { Outcome, Trial } from '../../../src/search/trial.js';

const trials = [{ accuracy: 60 }, { error: 'lost' }, { accuracy: 58 }, { accuracy: 70 }, undefined].map(
  (outcome: Outcome | undefined, i): Trial => ({
    number: i + 1,
    round: 0,
    candidate: i,
    reason: '',
    outcome,
  }),
);

test('the curve is the running best of trained networks; failed and open trials are no part of it', () => {
  assert.deepEqual(bestSoFar(trials), [60, 60, 70]);
});

test('selected by another score, a worse network may be the one that is chosen', () => {
  const seen = [5, 9, 7, 6];
  assert.deepEqual(
    selectedSoFar(trials, (candidate) => seen[candidate]),
    [60, 58, 58],
  );
});

test('several runs make a mean curve with a sample standard deviation, as long as the shortest', () => {
  const curve = meanCurve([
    [60, 70, 71],
    [62, 70],
  ]);
  assert.deepEqual(curve, [
    { trained: 1, best: { mean: 61, std: Math.SQRT2 } },
    { trained: 2, best: { mean: 70, std: 0 } },
  ]);
});

test("a log's summary has what its trials have", () => {
  const header = {
    event: 'search' as const,
    format: 'tempograph-search/1' as const,
    task: {},
    startedAt: '',
  };
  const summary = summariseRun({
    header,
    events: [
      {
        event: 'round',
        round: 0,
        trials: trials.map(({ number }) => ({ number, arch: `network ${number}`, reason: '' })),
      },
      // As parallel workers may tell: out of order.
      ...[4, 1, 3, 2].map((number) => ({
        event: 'told' as const,
        number,
        outcome: trials[number - 1].outcome!,
      })),
    ],
  });
  assert.deepEqual(summary.curve, bestSoFar(trials));
  assert.deepEqual([summary.trained, summary.failed, summary.pending], [3, 1, 1]);
  assert.deepEqual(summary.best, { arch: 'network 4', accuracy: 70, number: 4 });
});

test('the plot is well-formed SVG with a line, a band and a readable name for each strategy', () => {
  const points = (offset: number) =>
    meanCurve([
      [60, 65, 70 - offset / 1000],
      [61, 66, 71],
    ]);
  const svg = curvePlot({
    title: 'A <title> & more',
    subtitle: 'made up',
    curves: ['random', 'local', 'brp'].map((name, i) => ({ name, points: points(i) })),
    optimum: 72,
  });
  const { document } = new JSDOM(svg, { contentType: 'image/svg+xml' }).window;
  assert.equal(document.querySelectorAll('[aria-label="line"] path').length, 3);
  assert.equal(document.querySelectorAll('[aria-label="area"] path').length, 3);
  const labels = [...document.querySelectorAll('[aria-label="text"] text')];
  assert.ok(labels.some(({ textContent }) => textContent === 'A <title> & more'));
  const names = labels.filter(({ textContent }) => ['random', 'local', 'brp'].includes(textContent ?? ''));
  const heights = names.map((label) =>
    Number(/,([-\d.]+)\)/.exec(label.getAttribute('transform') ?? '')?.[1]),
  );
  heights.sort((a, b) => a - b);
  for (let i = 1; i < heights.length; i++) assert.ok(heights[i] - heights[i - 1] > 10, `at ${heights}`);
});
