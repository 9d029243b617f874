import type { Compared } from '../../../src/predictors/comparison.js';
import type { MeanAndStd } from '../../../src/predictors/metrics.js';
import { evaluate } from '../api/devices.js';
import { fetchJobs } from '../api/jobs.js';
import { card, el, figureCell, table } from '../dom.js';
import { JobStarter } from './job-starter.js';

/** A comparison of predictors on a device's measurements: the latest one, and a button for a new one. */
export class PredictorsCard {
  readonly element: HTMLElement;
  private readonly table = table(
    [
      { title: 'Predictor' },
      { title: 'Within ±10 %', number: true },
      { title: 'Mean error', number: true },
      { title: 'Spearman', number: true },
      { title: 'Training', number: true },
    ],
    [],
    'Predictors by their scores on held-out measurements',
    'bare',
  );
  private readonly protocol = el('p', { className: 'hint' });
  private readonly job: JobStarter;

  constructor(
    private readonly device: string,
    private readonly metric: string,
    left: AbortSignal,
  ) {
    this.table.body.id = 'comparison-rows';
    this.job = new JobStarter(
      {
        name: 'comparison',
        kind: 'evaluate',
        device,
        button: { text: 'Compare predictors', className: 'quiet' },
        start: () => evaluate(device, metric),
        refresh: () => this.refresh(),
      },
      left,
    );
    this.element = card(
      'Which predictor learns it best',
      { id: 'comparison-card', className: 'wide' },
      this.protocol,
      this.table.element,
      el('div', { className: 'buttons' }, this.job.button),
      this.job.element,
    );
  }

  async refresh(): Promise<void> {
    const last = (await fetchJobs(100, this.device)).find(
      ({ kind, state, request }) =>
        kind === 'evaluate' && state === 'succeeded' && (request.metric ?? 'latency') === this.metric,
    )?.result as Comparison | undefined;
    this.table.element.hidden = last === undefined;
    this.protocol.textContent = last
      ? protocolText(last)
      : 'Trains every kind several times on some of the measurements, and tests it on the rest.';
    this.table.body.replaceChildren(...(last?.results ?? []).map(row));
  }

  async followRunning(): Promise<void> {
    await this.job.followRunning();
  }
}

/** The result of a job that compares predictors. */
interface Comparison {
  readonly protocol: { readonly train: number; readonly valid: number; readonly seeds: number };
  readonly results: readonly Compared[];
}

function protocolText({ protocol: { train, valid, seeds }, results }: Comparison): string {
  const tested = results[0].testSamples.toLocaleString('en');
  return `Trained on ${train} measurements, validated on ${valid}, tested on ${tested}; mean ± std over ${seeds} splits.`;
}

function row({ predictor, within10, mape, spearman, trainSeconds }: Compared): HTMLTableRowElement {
  return el(
    'tr',
    {},
    el('th', { scope: 'row' }, predictor),
    figureCell(shown(within10, 100, 1, ' %')),
    figureCell(shown(mape, 100, 1, ' %')),
    figureCell(shown(spearman, 1, 3, '')),
    figureCell(shown(trainSeconds, 1, 1, ' s')),
  );
}

function shown(score: MeanAndStd | undefined, scale: number, digits: number, unit: string): string {
  if (!score) return '–';
  return `${(scale * score.mean).toFixed(digits)} ± ${(scale * score.std).toFixed(digits)}${unit}`;
}
