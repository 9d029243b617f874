import { fetchAccelerators } from '../api/accelerators.js';
import { fetchPredictors } from '../api/devices.js';
import {
  fetchSearches,
  fetchStrategies,
  type ListedStrategy,
  type SearchBody,
  type SearchSummary,
  startSearch,
} from '../api/searches.js';
import { card, el, labelled, problemLine } from '../dom.js';
import { goTo } from '../router.js';
import { columnNames, textOf } from './file-text.js';
import { MetricLimits } from './metric-limits.js';
import { CELL_SPACE } from './network-card.js';

/** Where a search is asked for. */
export async function searchForm(): Promise<HTMLElement> {
  const [predictors, { accelerators, spaces }, strategies, searches] = await Promise.all([
    fetchPredictors(),
    fetchAccelerators(),
    fetchStrategies(),
    fetchSearches(),
  ]);
  const space = select(spaces, CELL_SPACE);
  const strategy = new StrategyFields(strategies);
  const objective = select(['accuracy', 'pareto'], 'accuracy');
  const name = el('input', { name: 'search-name', autocomplete: 'off', maxLength: 200, placeholder: 'none' });
  const budget = number(100, 1, 5000);
  const seed = number(1, 0);
  const device = el('select', { name: 'device' });
  const earlier = new EarlierField(searches);
  const others = new MetricLimits(predictors);
  const offer = () => {
    others.offer(space.value);
    earlier.offer(space.value);
    const learned = predictors
      .filter((each) => each.space === space.value && each.metricName === 'latency')
      .map(({ device: id }) => new Option(id, id));
    const analytic = accelerators.map(({ id }) => new Option(id, id));
    device.replaceChildren(
      new Option('none', ''),
      el('optgroup', { label: 'with a predictor' }, ...learned),
      el('optgroup', { label: 'analytic' }, ...analytic),
    );
  };
  space.onchange = offer;
  offer();
  const limit = el('input', { type: 'number', min: '0', step: 'any', placeholder: 'no limit' });
  const table = new TableField();
  const operators = new PoolField();
  const pairs = new PairFields();
  const wrong = problemLine('search-problem');

  const body = async (): Promise<SearchBody> => ({
    name: name.value.trim() || undefined,
    space: space.value,
    strategy: strategy.chosen.name,
    options: strategy.options(),
    budget: budget.valueAsNumber,
    seed: seed.valueAsNumber,
    ...(strategy.isForPairs
      ? { codesign: pairs.codesign(optional(limit)) }
      : {
          objective: objective.value as 'accuracy' | 'pareto',
          limits: [...(limitsOn(device.value, optional(limit)) ?? []), ...others.limits],
          operatorPool: await operators.pool(),
          warmStart: earlier.chosen(),
        }),
    evaluator: await table.evaluator(),
  });
  const many = labelled('Networks to train', budget);
  const forNetworks = [labelled('What for', objective), labelled('Latency on', device), operators.element];
  strategy.onchange = () => {
    const isPairs = strategy.isForPairs;
    for (const field of forNetworks) field.hidden = isPairs;
    earlier.offer(isPairs ? undefined : space.value);
    for (const field of pairs.elements) field.hidden = !isPairs;
    if (isPairs) others.element.hidden = true;
    else others.offer(space.value);
    many.querySelector('label')!.textContent = isPairs ? 'Pairs to try' : 'Networks to train';
  };
  for (const field of pairs.elements) field.hidden = true;
  const start = el('button', { type: 'submit', id: 'start-search' }, 'Start');
  const send = async () => {
    start.disabled = true;
    try {
      goTo(['searches', (await startSearch(await body())).id]);
    } finally {
      start.disabled = false;
    }
  };
  const onsubmit = (event: SubmitEvent) => {
    event.preventDefault();
    void wrong.during(send);
  };
  return card(
    'A new search',
    { className: 'wide' },
    el(
      'form',
      { onsubmit },
      el(
        'div',
        { className: 'fields' },
        labelled('Name', name),
        labelled('Space', space),
        ...strategy.elements,
        forNetworks[0],
        many,
        labelled('Seed', seed),
        forNetworks[1],
        labelled('At most, ms', limit),
        forNetworks[2],
        earlier.element,
        ...pairs.elements,
        ...table.elements,
      ),
      others.element,
      wrong.element,
      el('div', { className: 'buttons' }, start),
    ),
  );
}

/** What decides which networks are trained, and its options other than their defaults. */
class StrategyFields {
  readonly elements: HTMLElement[];
  onchange = () => {};
  private readonly name: HTMLSelectElement;
  private readonly given = el('input', { name: 'options', autocomplete: 'off' });

  constructor(private readonly strategies: readonly ListedStrategy[]) {
    this.name = select(
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

  /** As the service takes them: numbers, true, false, or text. */
  options(): SearchBody['options'] {
    const parts = this.given.value.split(',').filter((part) => part.trim() !== '');
    return Object.fromEntries(
      parts.map((part) => {
        const [name, value, ...rest] = part.split('=').map((text) => text.trim());
        if (!name || !value || rest.length > 0) {
          throw new Error(`Options are of the form option=value, with commas between; “${part}” is not.`);
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
    this.name.title = description;
    this.given.title = defaults.length > 0 ? `By default ${defaults.join(', ')}` : 'It has none';
    this.given.placeholder = defaults.length > 0 ? `${defaults[0]}, …` : 'none';
  }
}

/** Earlier searches whose trained networks are known from the start; hidden where there are none of the space. */
class EarlierField {
  private readonly choice = el('select', { name: 'warm-start', multiple: true, size: 3 });
  readonly element = labelled('Begin with what these found', this.choice);

  constructor(private readonly searches: readonly SearchSummary[]) {}

  /** @param space undefined: searches of pairs begin with nothing */
  offer(space: string | undefined): void {
    const fitting = this.searches.filter(
      ({ request, trained }) => request.space === space && !request.codesign && trained > 0,
    );
    this.choice.replaceChildren(
      ...fitting.map(
        ({ id, request, trained }) =>
          new Option(`${request.name ?? request.strategy}, ${trained} trained (${id.slice(0, 8)})`, id),
      ),
    );
    this.element.hidden = fitting.length === 0;
  }

  chosen(): string[] | undefined {
    const ids = Array.from(this.choice.selectedOptions, ({ value }) => value);
    return ids.length > 0 ? ids : undefined;
  }
}

/** The operators that networks may have; the service says what is wrong with a file. */
class PoolField {
  private readonly file = el('input', { type: 'file', accept: '.json', name: 'operators' });
  readonly element = labelled('Pool of operators (tempograph pool --out)', this.file);

  async pool(): Promise<SearchBody['operatorPool']> {
    const [file] = this.file.files ?? [];
    if (!file) return undefined;
    try {
      return JSON.parse(await file.text());
    } catch {
      throw new Error(`${file.name} is not a pool of operators, which is JSON.`);
    }
  }
}

/** What a pair of a network and an accelerator is worth, and its limits beside that of the latency. */
class PairFields {
  readonly elements: HTMLElement[];
  private readonly weights = el('input', { value: '0.1, 0, 0.9', name: 'weights' });
  private readonly maxArea = el('input', { type: 'number', min: '0', step: 'any', placeholder: 'no limit' });
  private readonly minAccuracy = el('input', {
    type: 'number',
    min: '0',
    max: '100',
    step: 'any',
    placeholder: 'none',
  });

  constructor() {
    this.elements = [
      labelled('Weights of area, latency, accuracy', this.weights),
      labelled('Area at most, mm²', this.maxArea),
      labelled('Accuracy at least, %', this.minAccuracy),
    ];
  }

  codesign(maxMs: number | undefined): SearchBody['codesign'] {
    const weights = this.weights.value
      .split(',')
      .map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
    if (weights.length !== 3 || weights.some(Number.isNaN)) {
      throw new Error('Weights are three numbers that add up to 1, as in 0.1, 0, 0.9.');
    }
    return {
      weights,
      maxMs,
      maxAreaMm2: optional(this.maxArea),
      minAccuracyPercent: optional(this.minAccuracy),
    };
  }
}

/** Who says how good a network is: workers that ask for networks and tell, or a table of trained ones. */
class TableField {
  readonly elements: Node[];
  private readonly kind = el('select', { name: 'evaluator' });
  private readonly file = el('input', { type: 'file', accept: '.csv,.gz', name: 'table' });
  private readonly column = el('select', { name: 'column' });
  private text = '';
  /** Of the file that was chosen last. */
  private reading = Promise.resolve();

  constructor() {
    this.kind.append(
      new Option('a table of accuracies', 'table'),
      new Option('workers that ask and tell', 'ask-tell'),
    );
    const file = labelled('CSV with a column of architectures', this.file);
    const column = labelled('Column of accuracies, %', this.column);
    this.kind.onchange = () => {
      file.hidden = column.hidden = this.kind.value !== 'table';
    };
    this.file.onchange = () => {
      this.reading = this.read();
      // What is wrong with it is said when it is sent.
      this.reading.catch(() => {});
    };
    this.elements = [labelled('Trained by', this.kind), file, column];
  }

  async evaluator(): Promise<SearchBody['evaluator']> {
    if (this.kind.value === 'ask-tell') return { kind: 'ask-tell' };
    await this.reading;
    if (this.text === '')
      throw new Error('Choose a table: a CSV with a column of architectures and one of accuracies.');
    return { kind: 'table', column: this.column.value, csv: this.text };
  }

  private async read(): Promise<void> {
    const [file] = this.file.files ?? [];
    if (!file) return;
    this.text = '';
    this.text = await textOf(file).catch(() => {
      throw new Error(`${file.name} cannot be unpacked: it is damaged, or no gzip file.`);
    });
    const numbers = (await columnNames(this.text)).filter(
      (name) => !/^(arch(itecture)?(_|$)|unique_str$)/.test(name),
    );
    this.column.replaceChildren(...numbers.map((name) => new Option(name, name)));
  }
}

/** What a limit is without a device is nothing that a search could keep to. */
function limitsOn(device: string, maxMs: number | undefined): SearchBody['limits'] {
  if (device !== '') return [{ device, maxMs }];
  if (maxMs === undefined) return [];
  throw new Error('Choose the device that the latency is limited on.');
}

function optional(input: HTMLInputElement): number | undefined {
  return input.value === '' ? undefined : input.valueAsNumber;
}

function select(names: readonly string[], chosen: string): HTMLSelectElement {
  const made = el('select', {}, ...names.map((name) => new Option(name, name)));
  made.value = chosen;
  return made;
}

function number(value: number, min: number, max?: number): HTMLInputElement {
  return el('input', {
    type: 'number',
    min: String(min),
    max: max === undefined ? '' : String(max),
    required: true,
    value: String(value),
  });
}
