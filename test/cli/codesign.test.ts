import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { packageRoot } from '../../src/base/package-root.js';
import { Random } from '../../src/base/random.js';
import { readFrontier } from '../../src/search/codesign/frontier-file.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { madeUpAccuracy } from '../search/made-up.js';
import { temporaryFolder } from '../temporary-folder.js';

let folder = '';
const tempograph = (...args: string[]) =>
  spawnSync(process.execPath, [join(packageRoot, 'scripts/tempograph.mjs'), ...args], {
    cwd: folder,
    encoding: 'utf8',
  });

describe('codesign on the command line', () => {
  before(async () => {
    folder = temporaryFolder();
    const random = new Random(1);
    const cells = Array.from({ length: 60 }, () => nasbench201.sample(random));
    const rows = cells.map((cell) => `${nasbench201.format(cell)},${madeUpAccuracy(cell).toFixed(3)}`);
    await writeFile(join(folder, 'table.csv'), `arch_str,top1\n${rows.join('\n')}\n`);
  });

  it('writes a frontier that its reader takes, no point behind another, the searches below it', async () => {
    const written = tempograph('codesign', '--accuracy', 'table.csv:top1', '--out', 'frontiers/small.json');
    assert.equal(written.status, 0, written.stderr);
    assert.match(written.stdout, /most images\/s\/cm²/);
    const { points, pairs, space } = await readFrontier(join(folder, 'frontiers/small.json'));
    assert.equal(space, 'nasbench201');
    assert.equal(pairs % 8640, 0);
    assert.ok(points.length > 5);
    for (const a of points) {
      const dominated = points.some(
        (b) =>
          b !== a &&
          b.accuracyPercent >= a.accuracyPercent &&
          b.latencyMs <= a.latencyMs &&
          b.areaMm2 <= a.areaMm2,
      );
      assert.ok(!dominated, JSON.stringify(a));
    }

    const searched = tempograph(
      ...['search', '--codesign', '0.1,0,0.9', '--max-latency', '4', '--max-area', '120'],
      ...['--strategy', 'evolution', '--accuracy', 'table.csv:top1', '--budget', '40', '--json'],
    );
    assert.equal(searched.status, 0, searched.stderr);
    const { best } = JSON.parse(searched.stdout).runs[0];
    const { latencyMs, areaMm2 } = best.details;
    assert.ok(latencyMs <= 4 && areaMm2 <= 120);
    const near = points.some(
      (point) =>
        point.accuracyPercent >= best.accuracy && point.latencyMs <= latencyMs && point.areaMm2 <= areaMm2,
    );
    assert.ok(near, 'a point of the frontier is at least as good in everything');
  });

  it('reports a search for pairs beside strategies without controllers, as a page and as JSON', () => {
    const { status, stderr } = tempograph(
      ...['search', '--codesign', '0.1,0,0.9', '--max-latency', '4', '--strategy', 'random', '--seeds', '2'],
      ...['--accuracy', 'table.csv:top1', '--budget', '12', '--report', 'seen/pairs.html'],
    );
    assert.equal(status, 0, stderr);
    const { runs, baselines } = JSON.parse(readFileSync(join(folder, 'seen/pairs.json'), 'utf8'));
    assert.deepEqual(
      baselines.map(({ name }: { name: string }) => name),
      ['evolution', 'local'],
    );
    for (const { points } of baselines) assert.ok(points.at(-1).best.mean <= 1, 'rewards, not accuracies');
    const html = readFileSync(join(folder, 'seen/pairs.html'), 'utf8');
    assert.match(html, /limit, latency<\/dt><dd>4 ms/);
    for (const { best, front } of runs) {
      assert.ok(html.includes(best.arch), best.arch);
      assert.ok(front.length > 0 && front.every((pair: typeof best) => pair.details.latencyMs <= 4));
    }
  });

  const refused: [string[], RegExp][] = [
    [['codesign', '--accuracy', 'table.csv:top5', '--out', 'none.json'], /no column "top5"/],
    [['search', '--codesign', '1,1,1', '--strategy', 'phase', '--accuracy', 'table.csv:top1'], /add up to 1/],
    [['search', '--codesign', '0,0,1', '--accuracy', 'table.csv:top1'], /--strategy.*combined, phase/],
    [['search', '--strategy', 'phase', '--accuracy', 'table.csv:top1'], /give codesign weights/],
    [
      [
        'search',
        '--codesign',
        '0,0,1',
        '--strategy',
        'phase',
        '--accuracy',
        'table.csv:top1',
        '--max-area',
        '9',
      ],
      /no pair keeps within the limits/,
    ],
  ];
  for (const [args, message] of refused) {
    it(`refuses ${args.join(' ')}`, () => {
      const { status, stderr } = tempograph(...args);
      assert.equal(status, 1, stderr);
      assert.match(stderr, message);
      assert.ok(!existsSync(join(folder, 'none.json')));
    });
  }
});
