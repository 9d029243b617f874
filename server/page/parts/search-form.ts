import { type Accelerator, fetchAccelerators } from '../api/accelerators.js';
import { fetchPredictors, type PredictorSummary } from '../api/devices.js';
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
import { numberInput, selectInput } from './inputs.js';
import { MetricLimits } from './metric-limits.js';
import { CELL_SPACE } from './network-card.js';
import { EarlierField } from './search-fields/earlier-field.js';
import { LatencyLimit } from './search-fields/latency-limit.js';
import { PairFields } from './search-fields/pair-fields.js';
import { PoolField } from './search-fields/pool-field.js';
import { StrategyFields } from './search-fields/strategy-fields.js';
import { TableField } from './search-fields/table-field.js';

/** The form that starts a search. */
export async function searchForm(): Promise<HTMLElement> {
  const [predictors, { accelerators, spaces }, strategies, searches] = await Promise.all([
    fetchPredictors(),
    fetchAccelerators(),
    fetchStrategies(),
    fetchSearches(),
  ]);
  return new SearchForm(spaces, strategies, predictors, accelerators, searches).element;
}

class SearchForm {
  readonly element: HTMLElement;
  private readonly name = el('input', {
    name: 'search-name',
    autocomplete: 'off',
    maxLength: 200,
    placeholder: 'optional',
  });
  private readonly objective = selectInput(['accuracy', 'pareto'], 'accuracy');
  private readonly budget = numberInput(100, 1, 5000);
  private readonly seed = numberInput(1, 0);
  private readonly operators = new PoolField();
  private readonly pairs = new PairFields();
  private readonly table = new TableField();
  private readonly space: HTMLSelectElement;
  private readonly strategy: StrategyFields;
  private readonly latency: LatencyLimit;
  private readonly others: MetricLimits;
  private readonly earlier: EarlierField;
  private readonly objectiveField = labelled('Objective', this.objective);
  private readonly budgetField = labelled('Networks to train', this.budget);
  private readonly wrong = problemLine('search-problem');
  private readonly start = el('button', { type: 'submit', id: 'start-search' }, 'Start');

  constructor(
    spaces: readonly string[],
    strategies: readonly ListedStrategy[],
    predictors: readonly PredictorSummary[],
    accelerators: readonly Accelerator[],
    searches: readonly SearchSummary[],
  ) {
    this.space = selectInput(spaces, CELL_SPACE);
    this.strategy = new StrategyFields(strategies);
    this.latency = new LatencyLimit(predictors, accelerators);
    this.others = new MetricLimits(predictors);
    this.earlier = new EarlierField(searches);
    this.space.onchange = () => this.offer();
    this.strategy.onchange = () => this.showFields();
    this.offer();
    for (const field of this.pairs.elements) field.hidden = true;
    this.element = this.layOut();
  }

  /** Offers what is available for networks of the chosen space. */
  private offer(): void {
    this.others.offer(this.space.value);
    this.earlier.offer(this.space.value);
    this.latency.offer(this.space.value);
  }

  /** Shows the fields for searches of networks, or of pairs. */
  private showFields(): void {
    const isPairs = this.strategy.isForPairs;
    for (const field of [this.objectiveField, this.latency.deviceField, this.operators.element])
      field.hidden = isPairs;
    for (const field of this.pairs.elements) field.hidden = !isPairs;
    this.earlier.offer(isPairs ? undefined : this.space.value);
    if (isPairs) this.others.element.hidden = true;
    else this.others.offer(this.space.value);
    this.budgetField.querySelector('label')!.textContent = isPairs ? 'Pairs to try' : 'Networks to train';
  }

  /** @throws Error with a message for the user if a field is wrong */
  private async body(): Promise<SearchBody> {
    return {
      name: this.name.value.trim() || undefined,
      space: this.space.value,
      strategy: this.strategy.chosen.name,
      options: this.strategy.options(),
      budget: this.budget.valueAsNumber,
      seed: this.seed.valueAsNumber,
      ...(this.strategy.isForPairs
        ? { codesign: this.pairs.codesign(this.latency.maxMs) }
        : {
            objective: this.objective.value as 'accuracy' | 'pareto',
            limits: [...this.latency.limits(), ...this.others.limits],
            operatorPool: await this.operators.pool(),
            warmStart: this.earlier.chosen(),
          }),
      evaluator: await this.table.evaluator(),
    };
  }

  private async send(): Promise<void> {
    this.start.disabled = true;
    try {
      goTo(['searches', (await startSearch(await this.body())).id]);
    } finally {
      this.start.disabled = false;
    }
  }

  private layOut(): HTMLElement {
    const onsubmit = (event: SubmitEvent) => {
      event.preventDefault();
      void this.wrong.during(() => this.send());
    };
    const fields = el(
      'div',
      { className: 'fields' },
      labelled('Name', this.name),
      labelled('Space', this.space),
      ...this.strategy.elements,
      this.objectiveField,
      this.budgetField,
      labelled('Seed', this.seed),
      this.latency.deviceField,
      this.latency.mostField,
      this.operators.element,
      this.earlier.element,
      ...this.pairs.elements,
      ...this.table.elements,
    );
    const buttons = el('div', { className: 'buttons' }, this.start);
    return card(
      'A new search',
      { className: 'wide' },
      el('form', { onsubmit }, this.strategy.about, fields, this.others.element, this.wrong.element, buttons),
    );
  }
}
