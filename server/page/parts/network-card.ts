import { fetchSpace } from '../api/devices.js';
import { button, card, el, labelled, problemLine, reasonOf } from '../dom.js';
import { addressOf } from '../router.js';
import { formatCell, parseCell, randomCell } from './cell.js';
import { drawCell } from './cell-graph.js';
import { OperationPicker } from './operation-picker.js';
import { SlotBuilder } from './slot-builder.js';

/** The space whose networks are drawn as cells of four nodes. */
export const CELL_SPACE = 'nasbench201';

interface NetworkEvents {
  readonly onChange: (architecture: string) => void;
  readonly onExample: () => void;
}

/** Builds a network: a cell operation by operation, other spaces slot by slot, or from an architecture's string. */
export class NetworkCard {
  readonly element: HTMLElement;
  private readonly graph = el('div', { id: 'graph' });
  private readonly cell = el('div', { id: 'cell' });
  private readonly picker: OperationPicker;
  private readonly slots: SlotBuilder;
  private readonly text: HTMLTextAreaElement;
  private readonly random: HTMLButtonElement;
  private readonly wrong = problemLine('problem');

  constructor({ onChange, onExample }: NetworkEvents) {
    const operations = el('div', { id: 'operations' });
    this.picker = new OperationPicker(operations, (cell) => onChange(formatCell(cell)));
    this.cell.append(this.graph, operations);
    const optionsOf = async (space: string) => (await fetchSpace(space)).slots;
    this.slots = new SlotBuilder(optionsOf, onChange, (error) => this.problem(reasonOf(error)));
    this.text = el('textarea', {
      id: 'architecture',
      rows: 3,
      spellcheck: false,
      autocapitalize: 'off',
      attributes: { autocomplete: 'off', 'aria-describedby': 'problem' },
      oninput: () => onChange(this.text.value.trim()),
    });
    this.random = button('Random cell', () => onChange(formatCell(randomCell())), { id: 'random' });
    const example = button('Example', onExample, { id: 'example', className: 'quiet' });
    this.element = card(
      'Network',
      { id: 'builder' },
      this.cell,
      this.slots.element,
      labelled('Architecture string', this.text),
      this.wrong.element,
      el('div', { className: 'buttons' }, this.random, example),
      el(
        'p',
        { className: 'hint' },
        'Any other network, from an ONNX file: ',
        el('a', { href: addressOf(['accelerators']) }, 'on analytic accelerators'),
        '.',
      ),
    );
  }

  show(architecture: string, space: string): void {
    if (this.text.value.trim() !== architecture) this.text.value = architecture;
    const isCell = space === CELL_SPACE;
    this.cell.hidden = !isCell;
    this.random.hidden = !isCell;
    const cell = isCell ? parseCell(architecture) : undefined;
    this.picker.show(cell);
    if (cell) this.graph.replaceChildren(drawCell(cell));
    if (isCell) this.slots.hide();
    // The prediction reports what is wrong with a typed string.
    else void this.slots.show(space, architecture).catch(() => {});
  }

  problem(message: string | undefined): void {
    this.wrong.show(message);
    this.text.ariaInvalid = String(message !== undefined);
  }
}
