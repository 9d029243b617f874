import Table from 'cli-table3';
import { percent } from '../../cli/percent.js';
import { type MeanAndStd, meanAndStd, plusMinus } from '../../src/predictors/metrics.js';
import { TRIVIAL, type TransferScores } from '../../src/predictors/transfer/protocol.js';
import { SELECTION_STRATEGIES } from '../../src/predictors/transfer/selection.js';

/** Name of the baseline on measured source latencies. */
export const MEASURED = 'measured';

const style = { head: [], border: [] };
const rank = (score: MeanAndStd) => plusMinus(score, 3);

/**
 * A row per device: the default beside both simple baselines.
 *
 * @param ceilings by device, the Spearman that the scatter of its measurements allows
 */
export function scoresByDevice(
  scores: readonly TransferScores[],
  samples: readonly number[],
  ceilings?: ReadonlyMap<string, number>,
): string {
  const head = [
    'device',
    'additivity',
    ...(ceilings ? ['allowed'] : []),
    ...samples.flatMap((k) => [`@${k}`, 'counts, ridge']),
  ];
  const table = new Table({ head, style });
  for (const device of new Set(scores.map((s) => s.device))) {
    const own = scores.filter((s) => s.device === device && s.strategy === 'reference');
    const of = (method: string, k: number) => own.find((s) => s.method === method && s.samples === k)!;
    const { additivity } = own[0];
    table.push([
      device,
      `${additivity.toFixed(3)}${additivity >= TRIVIAL ? ' trivial' : ''}`,
      ...(ceilings ? [ceilings.get(device)!.toFixed(3)] : []),
      ...samples.flatMap((k) => [
        `${rank(of('combined', k).spearman)} (${percent(of('combined', k).within10.mean)})`,
        `${of('counts', k).spearman.mean.toFixed(3)}, ${of(MEASURED, k).spearman.mean.toFixed(3)}`,
      ]),
    ]);
  }
  return table.toString();
}

/** A row per method, strategy and number of samples, over all devices. */
export function scoresByMethod(
  scores: readonly TransferScores[],
  samples: readonly number[],
  methods: readonly string[],
): string {
  const counts = samples.map((k) => `@${k}`);
  const head = ['method', 'samples chosen', ...counts, 'adapt s', `90 % covers (width) ${counts.join(', ')}`];
  const table = new Table({ head, style });
  for (const method of methods) {
    for (const strategy of SELECTION_STRATEGIES) {
      const own = scores.filter((s) => s.method === method && s.strategy === strategy);
      if (own.length === 0) continue;
      const at = (k: number) => own.filter((s) => s.samples === k);
      const mean = (values: readonly number[]) => meanAndStd(values).mean;
      const covers = samples.map((k) => {
        const shares = at(k).flatMap((s) => (s.coverage90 && s.width90 ? [s] : []));
        if (shares.length === 0) return '-';
        const width = mean(shares.map((s) => s.width90!.mean));
        return `${percent(mean(shares.map((s) => s.coverage90!.mean)))} (${percent(width)})`;
      });
      table.push([
        method,
        strategy,
        ...samples.map(
          (k) =>
            `${mean(at(k).map((s) => s.spearman.mean)).toFixed(4)} (${percent(mean(at(k).map((s) => s.within10.mean)))})`,
        ),
        mean(own.map((s) => s.adaptSeconds.mean)).toFixed(3),
        covers.join(', '),
      ]);
    }
  }
  return table.toString();
}

/** A row per device: share of measurements inside the default's 90 % intervals, and their width. */
export function intervalCoverage(scores: readonly TransferScores[], samples: readonly number[]): string {
  const table = new Table({ head: ['device', ...samples.map((k) => `@${k} covered, width`)], style });
  for (const device of new Set(scores.map((s) => s.device))) {
    const cells = samples.map((k) => {
      const own = scores.find(
        (s) =>
          s.device === device && s.method === 'combined' && s.strategy === 'reference' && s.samples === k,
      );
      if (!own?.coverage90 || !own.width90) return '-';
      return `${percent(own.coverage90.mean)} ± ${percent(own.coverage90.std)}, ${percent(own.width90.mean)}`;
    });
    table.push([device, ...cells]);
  }
  return table.toString();
}
