import { outputName } from '../../../src/emulate/columns.js';
import {
  type EmulateAnswer,
  type EmulatorAnswer,
  fetchEmulation,
  fetchEmulator,
  fetchEmulators,
} from '../api/emulators.js';
import { drawEmulatedCurve } from '../charts/emulated-curve.js';
import { card, el, facts, figureCell, labelled, problemLine, reasonOf, table } from '../dom.js';
import { formatFigure, formatShare } from '../format.js';
import { InputSlider } from '../parts/input-slider.js';
import { goTo, remember } from '../router.js';
import type { Shown, View } from '../view.js';

const TITLE = 'Emulators';
const INTRO =
  'Networks that stand in for a slow simulator: move its inputs to see what it would answer, and how certain that is.';

/** An emulator's curves with their bands, and sliders for its inputs. */
export const emulatorsView: View = async ({ parts: [, wanted], settings }, left) => {
  const { emulators, problems } = await fetchEmulators();
  const name = wanted ?? emulators[0]?.name;
  const damaged = problems.map(({ folder, message }) =>
    el('p', { className: 'problem' }, `${folder}: ${message}`),
  );
  if (name === undefined) return noEmulator(damaged);
  const emulator = await fetchEmulator(name);
  const choice = el(
    'select',
    { id: 'emulator', onchange: () => goTo(['emulators', choice.value]) },
    ...emulators.map((each) => new Option(`${each.name} · ${each.description}`, each.name)),
  );
  choice.value = name;
  const { data, scores, outputs, architecture, options } = emulator;
  const about = facts({
    'Learned from': `${data.runs.toLocaleString('en')} runs of ${data.source}`,
    'Error on new runs': scores
      .map(
        ({ output, error }) => `${outputs.length > 1 ? `${outputName(output)} ` : ''}${formatShare(error)}`,
      )
      .join(', '),
    Networks: `${architecture.networks}, ${options.update === 'fixed' ? 'of one architecture' : 'drawn from learned probabilities'}`,
  });
  const hint = el(
    'p',
    { className: 'hint' },
    'Errors are shares of the standard deviation over runs; the band holds 90 % of new runs.',
  );
  return {
    title: TITLE,
    intro: INTRO,
    content: [
      card('Simulator', { className: 'wide' }, labelled('Emulator', choice), about, hint, ...damaged),
      ...new EmulatorPage(emulator, settings, left).content,
    ],
  };
};

function noEmulator(damaged: readonly HTMLElement[]): Shown {
  const how = el(
    'p',
    {},
    'There is no emulator yet. ',
    el('code', {}, 'npx tempograph emulate --simulator thomson-ion --out models/thomson'),
    ' makes one; it is shown here once it is in the service’s folder of models.',
  );
  return {
    title: TITLE,
    intro: INTRO,
    content: [card('No emulator', { className: 'wide' }, how, ...damaged)],
  };
}

class EmulatorPage {
  private readonly sliders: readonly InputSlider[];
  private readonly answer = el('div', { id: 'emulated', attributes: { 'aria-live': 'polite' } });
  private readonly problem = problemLine('emulated-problem');
  private asking: AbortController | undefined;
  private last: EmulateAnswer['runs'][number] | undefined;

  constructor(
    private readonly emulator: EmulatorAnswer,
    settings: URLSearchParams,
    private readonly left: AbortSignal,
  ) {
    this.sliders = emulator.inputs.map((input) => new InputSlider(input, () => void this.ask()));
    for (const slider of this.sliders) {
      const given = Number(settings.get(slider.name) ?? Number.NaN);
      if (Number.isFinite(given)) slider.value = given;
    }
    const observer = new ResizeObserver(() => this.draw());
    observer.observe(this.answer);
    left.addEventListener('abort', () => observer.disconnect());
    void this.ask();
  }

  get content(): Node[] {
    return [
      card('Inputs', { id: 'inputs' }, ...this.sliders.map(({ element }) => element)),
      card('What it would answer', {}, this.problem.element, this.answer),
    ];
  }

  /** Asks for the values of the sliders; an answer overtaken by a later request is dropped. */
  private async ask(): Promise<void> {
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    const values = this.sliders.map(({ name, value }): [string, number] => [name, value]);
    const asked = Object.fromEntries(values);
    const settings = Object.fromEntries(
      values.map(([name, value]) => [name, String(Number(value.toPrecision(6)))]),
    );
    try {
      const { runs } = await fetchEmulation(this.emulator.name, asked, AbortSignal.any([signal, this.left]));
      remember(['emulators', this.emulator.name], settings);
      this.problem.show(undefined);
      this.last = runs[0];
      this.draw();
    } catch (error) {
      if (!signal.aborted && !this.left.aborted) this.problem.show(reasonOf(error as Error));
    }
  }

  private draw(): void {
    if (!this.last) return;
    const { outputs } = this.last;
    const width = Math.max(260, this.answer.clientWidth);
    const curves = this.emulator.outputs.filter(({ points }) => points !== undefined);
    const numbers = this.emulator.outputs.filter(({ points }) => points === undefined);
    const rows = numbers.map(({ name, unit }) => {
      const { mean, low, high } = outputs[name];
      return el(
        'tr',
        {},
        el('th', { scope: 'row' }, unit === undefined ? name : `${name}, ${unit}`),
        figureCell(formatFigure(mean[0])),
        figureCell(`${formatFigure(low[0])} – ${formatFigure(high[0])}`),
      );
    });
    const columns = [
      { title: 'Output' },
      { title: 'Value', number: true },
      { title: `${100 * this.emulator.level} % lie between`, number: true },
    ];
    this.answer.replaceChildren(
      ...curves.map((output) => el('figure', {}, drawEmulatedCurve(output, outputs[output.name], width))),
      ...(rows.length > 0 ? [table(columns, rows, 'Outputs', 'bare').element] : []),
    );
  }
}
