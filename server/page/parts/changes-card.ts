import { type Change, fetchChanges } from '../api/access.js';
import { download } from '../api/request.js';
import { button, card, el, problemLine, table } from '../dom.js';
import { when } from '../format.js';

/** Changes loaded at a time. */
const PAGE = 100;

/** Requests that changed something, and who sent them, the latest first. */
export class ChangesCard {
  readonly element: HTMLElement;
  private readonly table = table(
    [{ title: 'When' }, { title: 'Who' }, { title: 'What' }, { title: 'Answer' }],
    [],
    'Requests that changed something, or tried to, the latest first',
    'long',
  );
  private readonly none = el('p', {}, 'Nothing has been changed yet.');
  private readonly wrong = problemLine('changes-problem');
  private readonly older = button('Show older', () => void this.wrong.during(() => this.showOlder()), {
    id: 'older-changes',
    className: 'quiet',
  });
  private last: number | undefined;

  constructor() {
    this.table.body.id = 'change-rows';
    const save = () => void this.wrong.during(() => download('/v1/audit?format=csv', 'changes.csv'));
    this.element = card(
      'Changes',
      { className: 'wide' },
      this.none,
      this.table.element,
      el(
        'div',
        { className: 'buttons' },
        this.older,
        button('Download as CSV', save, { className: 'quiet' }),
      ),
      this.wrong.element,
    );
  }

  async refresh(): Promise<void> {
    this.table.body.replaceChildren();
    this.last = undefined;
    await this.showOlder();
    this.none.hidden = this.table.body.rows.length > 0;
    this.table.element.hidden = this.table.body.rows.length === 0;
  }

  private async showOlder(): Promise<void> {
    const changes = await fetchChanges(PAGE, this.last);
    this.table.body.append(...changes.map(row));
    this.last = changes.at(-1)?.id ?? this.last;
    this.older.hidden = changes.length < PAGE;
  }
}

function row({ at, key, name, address, method, path, status }: Change): HTMLTableRowElement {
  return el(
    'tr',
    {},
    el('th', { scope: 'row' }, when(at)),
    el('td', {}, key === null ? address : `${name ?? key}, ${address}`),
    el('td', {}, `${method} ${path}`),
    el('td', {}, status ?? 'none: the service ended'),
  );
}
