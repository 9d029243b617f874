import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shareAbove } from '../../../server/page/format.js';
import { aliveEdges, type Cell, formatCell, parseCell } from '../../../server/page/parts/cell.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';

test("the page's cells are the space's, for all 15,625", () => {
  for (let index = 0; index < nasbench201.size; index++) {
    const architecture = nasbench201.at(index);
    const text = nasbench201.format(architecture);
    const cell = parseCell(text) as Cell;
    assert.equal(formatCell(cell), text);
    const alive = nasbench201
      .toPredictorGraph(architecture)
      .mapNodes((_, { alive }) => alive)
      .slice(1, -1);
    assert.deepEqual(aliveEdges(cell), alive, text);
  }
  assert.equal(parseCell('|none~0|'), undefined);
  assert.equal(parseCell(nasbench201.example.replace('~1', '~2')), undefined);
});

test('the share of slower networks is read off the percentiles', () => {
  const percentilesMs = Array.from({ length: 101 }, (_, p) => 10 + p);
  assert.equal(shareAbove(percentilesMs, 5), 1);
  assert.equal(shareAbove(percentilesMs, 35), 0.75);
  assert.ok(Math.abs(shareAbove(percentilesMs, 35.5) - 0.745) < 1e-12);
  assert.equal(shareAbove(percentilesMs, 200), 0);
});
