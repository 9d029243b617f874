import type { SearchSummary } from '../../api/searches.js';
import { el, labelled } from '../../dom.js';

/** Earlier searches whose trained networks are known from the start; hidden if there are none in the space. */
export class EarlierField {
  private readonly choice = el('select', { name: 'warm-start', multiple: true, size: 3 });
  readonly element = labelled('Start from the results of', this.choice);

  constructor(private readonly searches: readonly SearchSummary[]) {
    this.element.classList.add('double');
  }

  /** @param space undefined for pairs, which cannot start from earlier results */
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
