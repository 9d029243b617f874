import type { ListedStrategy, SearchBody } from '../../api/searches.js';
import { el, labelled } from '../../dom.js';
import { selectInput } from '../inputs.js';

/** The strategy, and those of its options that differ from their defaults. */
export class StrategyFields {
  readonly elements: HTMLElement[];
  /** What the chosen strategy does. */
  readonly about = el('p', { className: 'hint', attributes: { role: 'status' } });
  onchange = () => {};
  private readonly name: HTMLSelectElement;
  private readonly given = el('input', { name: 'options', autocomplete: 'off' });

  constructor(private readonly strategies: readonly ListedStrategy[]) {
    this.name = selectInput(
      strategies.map(({ name }) => name),
      'brp',
    );
    for (const option of this.name.options) option.title = this.named(option.value).description;
    this.name.onchange = () => {
      this.given.value = '';
      this.explain();
      this.onchange();
    };
    this.explain();
    this.elements = [labelled('Strategy', this.name), labelled('Options', this.given)];
  }

  get chosen(): ListedStrategy {
    return this.named(this.name.value);
  }

  get isForPairs(): boolean {
    return this.chosen.searches === 'pairs';
  }

  /** The options in the service's form: numbers, true, false, or text. */
  options(): SearchBody['options'] {
    const parts = this.given.value.split(',').filter((part) => part.trim() !== '');
    return Object.fromEntries(
      parts.map((part) => {
        const [name, value, ...rest] = part.split('=').map((text) => text.trim());
        if (!name || !value || rest.length > 0) {
          throw new Error(`Write options as option=value, separated by commas; “${part}” has another form.`);
        }
        if (value === 'true' || value === 'false') return [name, value === 'true'];
        return [name, Number.isFinite(Number(value)) ? Number(value) : value];
      }),
    );
  }

  private named(name: string): ListedStrategy {
    return this.strategies.find((each) => each.name === name)!;
  }

  private explain(): void {
    const { description, options } = this.chosen;
    const defaults = Object.entries(options).map(([option, value]) => `${option}=${value}`);
    this.about.textContent = `Strategy ${this.name.value}: ${description}.`;
    this.given.title = defaults.length > 0 ? `By default ${defaults.join(', ')}` : 'It has no options';
    this.given.placeholder = defaults.length > 0 ? `${defaults[0]}, …` : 'none';
  }
}
