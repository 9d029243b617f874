import { plainTable } from '../../cli/table.js';
import { performancePerArea } from '../../src/devices/codesign/area.js';
import type { FrontierPoint } from '../../src/search/codesign/frontier-file.js';
import { readArchitectureTable } from '../../src/search/evaluators/accuracy-table.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { RESNET, resnetOnItsBest } from './resnet.js';

/** What the paper gains over ResNet on its best accelerator: points of accuracy, and times the performance per area. */
const PUBLISHED_POINTS = 1.3;
const PUBLISHED_TIMES = 1.41;

/** Pairs of the frontier beside ResNet on its own best accelerator, as Codesign-NAS reports it (its table 3). */
export async function perAreaTable(
  file: string,
  column: string,
  points: readonly FrontierPoint[],
): Promise<void> {
  const { architectures, values } = await readArchitectureTable(file, nasbench201, [column]);
  const row = architectures.findIndex((each) => each.join() === RESNET.join());
  const resnet = { accuracyPercent: values[column][row], ...resnetOnItsBest() };
  const perArea = ({ latencyMs, areaMm2 }: Pick<FrontierPoint, 'latencyMs' | 'areaMm2'>) =>
    performancePerArea(latencyMs, areaMm2);
  const best = (kept: (point: FrontierPoint) => boolean, score: (point: FrontierPoint) => number) =>
    points
      .filter(kept)
      .reduce<FrontierPoint | undefined>((a, b) => (a && score(a) >= score(b) ? a : b), undefined);
  const accuracyOf = (point: FrontierPoint) => point.accuracyPercent;
  const ours: [string, Omit<FrontierPoint, 'architecture' | 'configuration'> | undefined][] = [
    ['ResNet cell on its best accelerator', resnet],
    ['as accurate: most images/s/cm²', best((p) => p.accuracyPercent >= resnet.accuracyPercent, perArea)],
    ['as many images/s/cm²: most accurate', best((p) => perArea(p) >= perArea(resnet), accuracyOf)],
    [
      `${PUBLISHED_POINTS} points more accurate: most images/s/cm²`,
      best((p) => p.accuracyPercent >= resnet.accuracyPercent + PUBLISHED_POINTS, perArea),
    ],
    [
      `${PUBLISHED_TIMES}× the images/s/cm²: most accurate`,
      best((p) => perArea(p) >= PUBLISHED_TIMES * perArea(resnet), accuracyOf),
    ],
  ];
  const head = ['CIFAR-100', 'accuracy %', 'ms', 'mm²', 'images/s/cm²', 'against ResNet'];
  const table = plainTable(head);
  for (const [name, pair] of ours) {
    if (!pair) continue;
    table.push([
      name,
      pair.accuracyPercent.toFixed(2),
      pair.latencyMs.toFixed(2),
      pair.areaMm2.toFixed(0),
      perArea(pair).toFixed(1),
      against(pair),
    ]);
  }
  table.push(
    ['published: ResNet cell', '72.9', '42.0', '186', '12.8', ''],
    ['published: Cod-1', '74.2', '41.8', '132', '18.1', '+1.3 points, ×1.41'],
    ['published: GoogLeNet cell', '71.5', '19.3', '132', '39.3', ''],
    ['published: Cod-2', '72.0', '18.5', '133', '40.6', ''],
  );
  console.log(table.toString());
  console.log(
    'the published networks are NAS-Bench-101 cells, eight times as wide: ratios can be compared, times not',
  );

  function against(pair: Omit<FrontierPoint, 'architecture' | 'configuration'>): string {
    if (pair === resnet) return '';
    const gain = pair.accuracyPercent - resnet.accuracyPercent;
    const points = `${gain < 0 ? '-' : '+'}${Math.abs(gain).toFixed(1)} points`;
    return `${points}, ×${(perArea(pair) / perArea(resnet)).toFixed(2)}`;
  }
}
