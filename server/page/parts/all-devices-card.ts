import type { PredictorSummary } from '../api/devices.js';
import { button, card, el, figureCell, table } from '../dom.js';
import { betterThan, capitalized, formatFigure, shareWorse } from '../format.js';

export interface ComparedDevice {
  readonly predictor: PredictorSummary;
  /** In the metric's unit. */
  readonly value: number;
}

/** One network on all devices in ascending order of its value; clicking a device's name selects it. */
export class AllDevicesCard {
  readonly element: HTMLElement;
  private readonly scale = el('span', { id: 'scale' });
  private readonly body: HTMLTableSectionElement;
  private readonly titles: readonly [value: HTMLElement, better: HTMLElement];

  constructor(private readonly onChoose: (predictor: PredictorSummary) => void) {
    const columns = [
      { title: 'Device' },
      { title: 'Latency', number: true },
      { title: 'Faster than', number: true },
      { title: '', className: 'strip' },
    ];
    const { element, body } = table(columns, [], 'This network on every device of its space', 'bare');
    const [, value, better] = element.querySelectorAll('th');
    this.titles = [value, better];
    this.body = body;
    this.body.id = 'devices';
    const legend = el(
      'p',
      { className: 'legend' },
      el('span', { className: 'key-dot' }),
      ' this network ',
      el('span', { className: 'key-range' }),
      ' middle 90 % of the device’s data, with its median; from ',
      this.scale,
    );
    this.element = card(
      'On every device',
      { id: 'comparison', className: 'wide', hidden: true },
      element,
      legend,
    );
  }

  show(compared: readonly ComparedDevice[], chosen: PredictorSummary): void {
    this.element.hidden = compared.length < 2;
    if (compared.length < 2) return;
    const [least, most] = limits(compared);
    const { metric } = chosen;
    this.titles[0].textContent = capitalized(metric.name);
    this.titles[1].textContent = betterThan(metric);
    this.scale.textContent = `${formatFigure(least)} to ${formatFigure(most)} ${metric.unit}, logarithmic`;
    const position = (value: number) => (100 * Math.log(value / least)) / (Math.log(most / least) || 1);
    const sorted = [...compared].sort((a, b) => a.value - b.value);
    this.body.replaceChildren(...sorted.map((each) => this.row(each, chosen, position)));
  }

  private row(
    { predictor, value }: ComparedDevice,
    chosen: PredictorSummary,
    position: (value: number) => number,
  ) {
    const { device, description, metric } = predictor;
    const choose = button(device, () => this.onChoose(predictor), { className: 'link' });
    return el(
      'tr',
      { ariaCurrent: device === chosen.device ? 'true' : undefined },
      el('th', { scope: 'row' }, choose, description !== device && el('small', {}, description)),
      figureCell(`${formatFigure(value)} ${metric.unit}`),
      figureCell(`${(100 * shareWorse(predictor, value)).toFixed(0)} %`),
      strip(predictor, value, position),
    );
  }
}

function limits(compared: readonly ComparedDevice[]): [least: number, most: number] {
  const all = compared.flatMap(({ predictor: { percentiles }, value }) => [
    percentiles[0],
    percentiles.at(-1)!,
    value,
  ]);
  return [Math.min(...all), Math.max(...all)];
}

function strip({ percentiles }: PredictorSummary, value: number, position: (value: number) => number) {
  const part = (className: string, from: number, to?: number) => {
    const span = el('span', { className });
    span.style.left = `${position(from)}%`;
    if (to !== undefined) span.style.width = `${position(to) - position(from)}%`;
    return span;
  };
  const track = el(
    'div',
    {},
    part('range', percentiles[5], percentiles[95]),
    part('median', percentiles[50]),
    part('dot', value),
  );
  return el('td', { className: 'strip' }, track);
}
