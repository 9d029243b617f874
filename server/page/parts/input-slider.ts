import { el, labelled } from '../dom.js';
import { formatFigure } from '../format.js';

const STEPS = 1000;

/** The range of a slider. */
export interface SliderRange {
  readonly name: string;
  readonly unit?: string;
  readonly low: number;
  readonly high: number;
  /** Whether the slider is logarithmic. */
  readonly log?: boolean;
  readonly whole?: boolean;
}

/** A slider for a number, with the value beside it. */
export class InputSlider {
  readonly element: HTMLElement;
  private readonly slider: HTMLInputElement;
  private readonly shown = el('output', {});

  constructor(
    private readonly input: SliderRange,
    onChange: () => void,
  ) {
    this.slider = el('input', {
      type: 'range',
      min: '0',
      max: String(STEPS),
      className: 'slider',
      oninput: () => {
        this.show();
        onChange();
      },
    });
    const { name, unit } = input;
    this.element = labelled(unit === undefined ? name : `${name}, ${unit}`, this.slider);
    this.element.append(this.shown);
    this.slider.value = String(STEPS / 2);
    this.show();
  }

  get name(): string {
    return this.input.name;
  }

  get value(): number {
    const { low, high, log, whole } = this.input;
    const share = Number(this.slider.value) / STEPS;
    const value = log ? low * (high / low) ** share : low + share * (high - low);
    return whole ? Math.round(value) : value;
  }

  /** Sets the slider to a value, or the nearest it can show. */
  set value(value: number) {
    const { low, high, log } = this.input;
    const share = log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
    this.slider.value = String(Math.round(STEPS * Math.min(1, Math.max(0, share))));
    this.show();
  }

  private show(): void {
    this.shown.textContent = this.input.whole ? this.value.toLocaleString('en') : formatFigure(this.value);
    this.slider.setAttribute('aria-valuetext', this.shown.textContent);
  }
}
