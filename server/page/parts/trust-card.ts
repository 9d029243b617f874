import type { Coverage } from '../../../src/predictors/coverage.js';
import { fetchCard, type PredictorSummary } from '../api/devices.js';
import { drawCalibration } from '../charts/calibration.js';
import { card, el, figureCell, fitted, table } from '../dom.js';

/** How far to trust a predictor: its calibration, and how often it has seen each option. Empty for old cards. */
export async function trustCard(predictor: PredictorSummary, left: AbortSignal): Promise<HTMLElement[]> {
  const { interval, coverage, scores } = await fetchCard(predictor);
  const calibration = interval?.calibration;
  if (!calibration && !coverage) return [];
  const figure = el('figure', { id: 'calibration' });
  if (calibration) fitted(figure, (width) => drawCalibration(calibration, width), left);
  const tested = scores.test?.samples.toLocaleString('en');
  return [
    card(
      'How far to trust it',
      { id: 'trust' },
      calibration &&
        el(
          'p',
          {},
          `How often ${tested} test networks met limits, compared with the predicted probabilities:`,
        ),
      calibration && figure,
      ...(coverage ? coverageParts(coverage) : []),
    ),
  ];
}

/** The options never measured, in a sentence, and all counts in a table. */
function coverageParts(coverage: Coverage): HTMLElement[] {
  const choices = coverage.flatMap(({ slot, options, samples }) =>
    options.map((option, i) => ({ slot, option, samples: samples[i] })),
  );
  const never = choices.filter(({ samples }) => samples === 0);
  const named = never.slice(0, 10).map(({ slot, option }) => `${slot} ${option}`);
  const more = never.length > named.length ? ` and ${never.length - named.length} more` : '';
  const text =
    never.length === 0
      ? `Its data contains every one of the space’s ${choices.length} options.`
      : `Its data lacks these options, so it can only guess their effect: ${named.join(', ')}${more}.`;
  const rows = choices.map(({ slot, option, samples }) =>
    el(
      'tr',
      {},
      el('th', { scope: 'row' }, slot),
      el('td', {}, option),
      figureCell(samples.toLocaleString('en')),
    ),
  );
  const columns = [{ title: 'Slot' }, { title: 'Option' }, { title: 'Networks', number: true }];
  const { element } = table(columns, rows, 'Options in its training and validation data', 'long');
  return [
    el('p', { id: 'covered' }, text),
    el('details', {}, el('summary', {}, 'All options, and how often each was measured'), element),
  ];
}
