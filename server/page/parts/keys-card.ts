import { fetchKeys, type Key, makeKey, type NewKeyAnswer, type Role, removeKey } from '../api/access.js';
import type { fetchOverview } from '../api/devices.js';
import { button, card, el, labelled, problemLine, table, timeCell } from '../dom.js';

/** Roles and what each may do, the weakest first. */
const ROLES: Record<Role, string> = {
  read: 'read: view and predict',
  measure: 'measure: also send measurements',
  admin: 'admin: everything',
};

type Caller = Awaited<ReturnType<typeof fetchOverview>>['caller'];

/** API keys: list, create and remove them. A new key is shown only once. */
export class KeysCard {
  readonly element: HTMLElement;
  private readonly table = table(
    [{ title: 'Key' }, { title: 'Role' }, { title: 'Created' }, { title: '' }],
    [],
    'Only the public part of each key is shown',
  );
  private readonly none = el('p', {}, 'There are none yet.');
  private readonly wrong = problemLine('key-problem');
  private readonly made = el('div', { id: 'new-key', attributes: { role: 'status' } });
  private readonly name = el('input', {
    name: 'key-name',
    autocomplete: 'off',
    required: true,
    maxLength: 200,
  });
  private readonly role = el(
    'select',
    { name: 'key-role' },
    ...Object.entries(ROLES).map(([role, text]) => new Option(text, role)),
  );

  /** @param caller who is signed in; null if no key is needed */
  constructor(private readonly caller: Caller) {
    this.table.body.id = 'key-rows';
    const form = el(
      'form',
      {
        id: 'make-key',
        onsubmit: (event: SubmitEvent) => {
          event.preventDefault();
          void this.wrong.during(() => this.make());
        },
      },
      el(
        'div',
        { className: 'fields' },
        labelled('Name of the user or purpose', this.name),
        labelled('Role', this.role),
      ),
      el('div', { className: 'buttons' }, el('button', { type: 'submit' }, 'Create a key')),
    );
    const open =
      !caller &&
      el(
        'p',
        { className: 'hint' },
        'This service does not ask for keys. Start it with --require-keys to enforce them.',
      );
    this.element = card(
      'API keys',
      { className: 'wide' },
      open,
      this.none,
      this.table.element,
      this.made,
      form,
      this.wrong.element,
    );
  }

  async refresh(): Promise<void> {
    const keys = await fetchKeys();
    this.table.body.replaceChildren(...keys.map((key) => this.row(key)));
    this.none.hidden = keys.length > 0;
    this.table.element.hidden = keys.length === 0;
  }

  private row({ id, name, role, createdAt }: Key): HTMLTableRowElement {
    const own = id === this.caller?.id;
    const remove = button('Remove', () => void this.wrong.during(() => this.remove(id, name)), {
      className: 'link',
      ariaLabel: `Remove the key ${name}`,
    });
    return el(
      'tr',
      {},
      el('th', { scope: 'row' }, own ? `${name} (yours)` : name, el('small', {}, id)),
      el('td', {}, role),
      timeCell(createdAt),
      el('td', {}, remove),
    );
  }

  private async make(): Promise<void> {
    this.showMade(await makeKey(this.name.value.trim(), this.role.value as Role));
    this.name.value = '';
    await this.refresh();
  }

  private async remove(id: string, name: string): Promise<void> {
    if (!confirm(`Remove the key ${name}? Requests that use it will be refused.`)) return;
    await removeKey(id);
    this.made.replaceChildren();
    await this.refresh();
  }

  private showMade({ name, key }: NewKeyAnswer): void {
    this.made.replaceChildren(
      el('p', {}, `The key of ${name}. Copy it now: it will not be shown again.`),
      el('pre', {}, key),
    );
  }
}
