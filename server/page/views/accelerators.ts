import {
  type Accelerator,
  type AskedNetwork,
  fetchAccelerators,
  fetchBreakdown,
  fetchKernelsDevices,
  fetchNetwork,
  fetchNetworkPrediction,
  type KernelsDevicesAnswer,
} from '../api/accelerators.js';
import { drawOperators } from '../charts/network-graph.js';
import { button, card, el, figureCell, labelled, reasonOf, table } from '../dom.js';
import { formatFigure } from '../format.js';
import { breakdownCard } from '../parts/breakdown-card.js';
import { kernelsCard } from '../parts/kernels-card.js';
import { NetworkChoice } from '../parts/network-choice.js';
import { type Route, remember } from '../router.js';
import type { View } from '../view.js';

type Known = Awaited<ReturnType<typeof fetchAccelerators>>;
type Learned = KernelsDevicesAnswer;

/** Prefix of devices with learned kernels in the list of devices. */
const LEARNED = 'kernels:';

const FIRST = 'overlay:arria10_1150';

/** Analytic devices with their parameters, and where a network's time goes on one. */
export const acceleratorsView: View = async (route, left) => {
  const page = new AcceleratorsPage(
    ...(await Promise.all([fetchAccelerators(), fetchKernelsDevices()])),
    left,
  );
  void page.follow(route);
  return {
    title: 'Accelerators',
    intro:
      'How long any network takes on hardware described by formulas, and on devices whose kernels were measured.',
    content: page.content,
    update: (changed) => void page.follow(changed),
  };
};

class AcceleratorsPage {
  private readonly device: HTMLSelectElement;
  private readonly network: NetworkChoice;
  private readonly about = el('div', {});
  private readonly result = el('div', { className: 'wide', attributes: { 'aria-live': 'polite' } });
  private readonly graph = el('div', { className: 'scroll long', id: 'network-graph', tabIndex: 0 });
  private readonly everywhere = el('div', { id: 'everywhere' });
  private shownNetwork = '';
  private asked = 0;

  constructor(
    private readonly known: Known,
    private readonly learned: Learned,
    private readonly left: AbortSignal,
  ) {
    this.device = el(
      'select',
      { id: 'accelerator', onchange: () => void this.show() },
      ...learnedGroup(learned.devices),
      ...deviceGroups(known.accelerators),
    );
    this.network = new NetworkChoice(known, () => void this.show());
    this.graph.role = 'region';
    this.graph.ariaLabel = 'The network';
  }

  get content(): Node[] {
    const everywhere = button('Latency on every accelerator', () => void this.askAll(), { id: 'ask-all' });
    const all = card(
      'Every accelerator',
      {},
      el('div', { className: 'buttons' }, everywhere),
      this.everywhere,
    );
    const damaged = this.learned.problems.map(({ folder, message }) =>
      el('p', { className: 'problem' }, `${folder}: ${message}`),
    );
    return [
      card('Device', {}, labelled('Device', this.device), this.about, ...damaged),
      el('div', { className: 'column' }, this.network.element, all),
      this.result,
      card('The network', { className: 'wide' }, this.graph),
    ];
  }

  /** Shows what the address asks for, or an example. */
  async follow({ settings }: Route): Promise<void> {
    const wanted = settings.get('device');
    const there = [...this.device.options].some(({ value }) => value === wanted);
    this.device.value = there ? wanted! : FIRST;
    try {
      await this.network.follow(settings);
    } catch (error) {
      this.network.problem(reasonOf(error as Error));
      return;
    }
    await this.show();
  }

  private async show(): Promise<void> {
    const device = this.device.value;
    this.about.replaceChildren(...this.described(device));
    const { asked, settings } = this.network;
    remember(['accelerators'], { device, ...settings });
    const turn = ++this.asked;
    const answers = asked && (await Promise.allSettled([this.askOn(device, asked), this.showNetwork(asked)]));
    if (turn !== this.asked || this.left.aborted) return;
    const [report, network] = answers ?? [];
    const failed = [network, report].find((answer) => answer?.status === 'rejected');
    this.network.problem(failed && reasonOf(failed.reason));
    this.result.replaceChildren(...(report?.status === 'fulfilled' ? [report.value] : []));
  }

  private described(device: string): HTMLElement[] {
    const accelerator = this.known.accelerators.find(({ id }) => id === device);
    if (accelerator) return [el('p', {}, accelerator.description), parameterTable(accelerator)];
    const { description, runtime, level } = this.learned.devices.find(({ id }) => LEARNED + id === device)!;
    return [el('p', {}, `${description}: kernels of ${runtime} (${level}), learned from measurements`)];
  }

  /** The network's latency on a device, and where the time goes. */
  private async askOn(device: string, asked: AskedNetwork): Promise<HTMLElement> {
    if (!device.startsWith(LEARNED)) return breakdownCard(await fetchBreakdown(device, asked), this.left);
    return kernelsCard(await fetchNetworkPrediction(device.slice(LEARNED.length), asked));
  }

  /** Draws the network unless it is already shown. */
  private async showNetwork(asked: AskedNetwork): Promise<void> {
    const key = JSON.stringify(asked);
    if (key === this.shownNetwork) return;
    this.shownNetwork = '';
    this.everywhere.replaceChildren();
    this.graph.replaceChildren();
    this.network.size('');
    const turn = this.asked;
    const { operators, macs, parameters } = await fetchNetwork(asked);
    if (turn !== this.asked) return;
    this.shownNetwork = key;
    this.graph.replaceChildren(drawOperators(operators));
    // On a narrow screen, scroll to the input, which is in the middle.
    this.graph.scrollLeft = (this.graph.scrollWidth - this.graph.clientWidth) / 2;
    const millions = (count: number) => (count / 1e6).toLocaleString('en', { maximumSignificantDigits: 4 });
    this.network.size(
      `${operators.length} operators, ${millions(macs)} million multiply-accumulates, ${millions(parameters)} million parameters`,
    );
  }

  /** Lists the network's latency on every accelerator, the fastest first. */
  private async askAll(): Promise<void> {
    const { asked } = this.network;
    if (!asked) return;
    const turn = this.asked;
    const found: { id: string; binary: boolean; latencyMs: number; remark: string }[] = [];
    for (const { id, precision } of this.known.accelerators) {
      const answer = await fetchBreakdown(id, asked).catch((error: Error) => error);
      if (turn !== this.asked || this.left.aborted) return;
      const failed = answer instanceof Error;
      found.push({
        id,
        latencyMs: failed ? Number.POSITIVE_INFINITY : answer.latencyMs,
        binary: precision === 'binary',
        remark: failed ? reasonOf(answer) : (answer.notes ?? []).join('; '),
      });
      const rows = [...found]
        // Accelerators for binary networks come last: they would run a different, binary network.
        .sort((a, b) => Number(a.binary) - Number(b.binary) || a.latencyMs - b.latencyMs)
        .map(({ id, latencyMs, remark }) =>
          el(
            'tr',
            {},
            el('th', { scope: 'row' }, id),
            figureCell(Number.isFinite(latencyMs) ? formatFigure(latencyMs) : '–'),
            el('td', {}, remark),
          ),
        );
      const columns = [
        { title: 'Accelerator' },
        { title: 'Latency, ms', number: true },
        { title: 'Remarks' },
      ];
      const caption = `${found.length} of ${this.known.accelerators.length} accelerators, the fastest first, those for binary networks last`;
      this.everywhere.replaceChildren(table(columns, rows, caption, 'long').element);
    }
  }
}

function learnedGroup(learned: Learned['devices']): HTMLElement[] {
  if (learned.length === 0) return [];
  const options = learned.map(({ id, description }) => new Option(`${id} · ${description}`, LEARNED + id));
  return [el('optgroup', { label: 'learned from measured kernels' }, ...options)];
}

function deviceGroups(accelerators: readonly Accelerator[]): HTMLElement[] {
  const model = ({ id }: Accelerator) => id.split(':')[0];
  return [...Map.groupBy(accelerators, model)].map(([label, members]) => {
    const options = members.map(({ id, description }) => new Option(`${id} · ${description}`, id));
    return el('optgroup', { label }, ...options);
  });
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
