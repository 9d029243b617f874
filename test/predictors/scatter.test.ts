import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JSDOM } from 'jsdom';
import { LATENCY } from '../../src/metrics/metric.js';
import { scatterPlot } from '../../src/predictors/scatter.js';

/** Text and dots of a plot, read as a standalone file; a file that is not well-formed XML throws. */
function plotted(measured: readonly number[], predicted: readonly number[], title = 'plot') {
  const svg = scatterPlot({
    metric: LATENCY,
    measured: Float64Array.from(measured),
    predicted: Float64Array.from(predicted),
    title,
  });
  const { document } = new JSDOM(svg, { contentType: 'image/svg+xml' }).window;
  const dots = [...document.querySelectorAll('circle')].map((circle) =>
    ['cx', 'cy'].map((name) => Number(circle.getAttribute(name))),
  );
  return { text: document.documentElement.textContent ?? '', dots, root: document.documentElement };
}

test('the plot is a standalone SVG with its title, units and the share within the band', () => {
  const { root, text } = plotted([10, 20, 40, 80], [10.5, 20, 50, 80], 'R&D <board>\u00A0β');
  assert.equal(root.namespaceURI, 'http://www.w3.org/2000/svg');
  for (const part of [
    'R&D <board>\u00A0β',
    'measured latency, ms',
    'predicted latency, ms',
    '75.0 % of 4 within ±10 %',
  ]) {
    assert.ok(text.includes(part), part);
  }
});

test('a dot per architecture, evenly spaced for equal ratios, higher for larger predictions', () => {
  const { dots } = plotted([10, 20, 40, 40], [10, 20, 40, 20]);
  assert.equal(dots.length, 4);
  const [[x1, y1], [x2, y2], [x3, y3], [x4, y4]] = dots;
  assert.ok(x1 < x2 && x2 < x3 && y1 > y2 && y2 > y3, 'measured to the right, predicted upwards');
  assert.ok(Math.abs(x3 - x2 - (x2 - x1)) < 0.03 && Math.abs(y3 - y2 - (y2 - y1)) < 0.03, 'log-log');
  assert.ok(Math.abs(x4 - x3) < 0.03 && Math.abs(y4 - y2) < 0.03);
});
