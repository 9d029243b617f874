import {
  type Accelerator,
  type AskedNetwork,
  fetchAccelerators,
  fetchBreakdown,
} from '../api/accelerators.js';
import { fetchSpace } from '../api/devices.js';
import { card, el, figureCell, labelled, problemLine, table } from '../dom.js';
import { breakdownCard } from '../parts/breakdown-card.js';
import { type Route, remember } from '../router.js';
import type { View } from '../view.js';

type Known = Awaited<ReturnType<typeof fetchAccelerators>>;

const FIRST = { device: 'overlay:arria10_1150', network: 'googlenet' };

/** Devices that are formulas: their parameters, and where the time of a network goes on one. */
export const accelerators: View = async (route, left) => {
  const page = new AcceleratorsPage(await fetchAccelerators(), left);
  void page.follow(route);
  return {
    title: 'Accelerators',
    intro: 'Hardware that is a formula: no board is needed to know how long a network takes on it.',
    content: page.content,
    update: (changed) => void page.follow(changed),
  };
};

class AcceleratorsPage {
  private readonly device: HTMLSelectElement;
  private readonly network: HTMLSelectElement;
  private readonly architecture: HTMLTextAreaElement;
  private readonly architectureField: HTMLElement;
  private readonly about = el('div', {});
  private readonly wrong = problemLine('breakdown-problem');
  private readonly result = el('div', { className: 'wide', attributes: { 'aria-live': 'polite' } });
  private asked = 0;

  constructor(
    private readonly known: Known,
    private readonly left: AbortSignal,
  ) {
    const onchange = () => void this.show();
    const { accelerators, networks, spaces } = known;
    this.device = el('select', { id: 'accelerator', onchange }, ...deviceGroups(accelerators));
    this.network = el(
      'select',
      { id: 'network', onchange: () => void this.chooseNetwork() },
      el('optgroup', { label: 'published networks' }, ...networks.map((name) => new Option(name, name))),
      el(
        'optgroup',
        { label: 'an architecture of' },
        ...spaces.map((name) => new Option(name, `space:${name}`)),
      ),
    );
    this.architecture = el('textarea', {
      id: 'accelerator-architecture',
      rows: 3,
      spellcheck: false,
      attributes: { autocomplete: 'off', 'aria-describedby': 'breakdown-problem' },
      oninput: onchange,
    });
    this.architectureField = labelled('Architecture string', this.architecture);
  }

  get content(): Node[] {
    return [
      card('Device', {}, labelled('Analytic device', this.device), this.about),
      card('Network', {}, labelled('Network', this.network), this.architectureField, this.wrong.element),
      this.result,
    ];
  }

  /** Shows what the address asks for, else a first example. */
  async follow({ settings }: Route): Promise<void> {
    const space = settings.get('space');
    choose(this.device, settings.get('device'), FIRST.device);
    choose(this.network, space ? `space:${space}` : settings.get('network'), FIRST.network);
    this.architecture.value = settings.get('arch') ?? '';
    if (this.space && this.architecture.value === '') await this.chooseNetwork();
    else await this.show();
  }

  /** The space that an architecture is asked for of; undefined for a published network. */
  private get space(): string | undefined {
    return /^space:(.*)/.exec(this.network.value)?.[1];
  }

  private async chooseNetwork(): Promise<void> {
    if (this.space) this.architecture.value = (await fetchSpace(this.space)).example;
    await this.show();
  }

  private async show(): Promise<void> {
    const { space } = this;
    const device = this.device.value;
    this.architectureField.hidden = space === undefined;
    const accelerator = this.known.accelerators.find(({ id }) => id === device)!;
    this.about.replaceChildren(el('p', {}, accelerator.description), parameterTable(accelerator));
    const architecture = this.architecture.value.trim();
    const asked: AskedNetwork = space ? { space, architecture } : { network: this.network.value };
    const settings: Record<string, string> = space
      ? { space, arch: architecture }
      : { network: this.network.value };
    remember(['accelerators'], { device, ...settings });
    const turn = ++this.asked;
    const answer = await fetchBreakdown(device, asked).catch((error: Error) => error);
    if (turn !== this.asked || this.left.aborted) return;
    const failed = answer instanceof Error;
    this.wrong.show(failed ? answer.message : undefined);
    this.architecture.ariaInvalid = String(failed);
    this.result.replaceChildren(...(failed ? [] : [breakdownCard(answer, this.left)]));
  }
}

function choose(select: HTMLSelectElement, wanted: string | null, usual: string): void {
  const there = [...select.options].some(({ value }) => value === wanted);
  select.value = there && wanted !== null ? wanted : usual;
}

function deviceGroups(accelerators: readonly Accelerator[]): HTMLElement[] {
  const model = ({ id }: Accelerator) => id.split(':')[0];
  return [...Map.groupBy(accelerators, model)].map(([label, members]) =>
    el(
      'optgroup',
      { label },
      ...members.map(({ id, description }) => new Option(`${id} · ${description}`, id)),
    ),
  );
}

function parameterTable({ parameters, precision }: Accelerator): HTMLElement {
  const columns = [{ title: 'Parameter' }, { title: 'Value', number: true }, { title: 'Unit' }];
  const rows = parameters.map(({ name, value, unit, description, range: [least, greatest] }) => {
    const range = `${description}; ${least.toLocaleString('en')} to ${greatest.toLocaleString('en')}`;
    return el(
      'tr',
      {},
      el('th', { scope: 'row' }, name, el('small', {}, range)),
      figureCell(value.toLocaleString('en', { maximumSignificantDigits: 6 })),
      el('td', {}, unit),
    );
  });
  return table(columns, rows, `Parameters${precision ? `; data is ${precision}` : ''}`, 'long').element;
}
