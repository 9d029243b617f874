import { EDGES } from '../../../src/spaces/nasbench201/edges.js';
import { CELL_OPERATIONS, type Cell } from './cell.js';

/** Segmented buttons for each edge's operation; each is a radio group, so the arrow keys work. */
export class OperationPicker {
  /** @param onPick called with the whole cell after each choice */
  constructor(
    private readonly container: HTMLElement,
    onPick: (cell: Cell) => void,
  ) {
    container.replaceChildren(
      ...EDGES.map(([from, to], k) => group(`${nodeName(from)} → ${nodeName(to)}`, k)),
    );
    container.addEventListener('change', () => onPick(this.picked()));
  }

  show(cell: Cell | undefined): void {
    for (const input of this.inputs()) input.checked = cell?.[Number(input.dataset.edge)] === input.value;
  }

  private picked(): Cell {
    const chosen = this.inputs().filter((input) => input.checked);
    return EDGES.map(
      (_, k) =>
        CELL_OPERATIONS.find(({ id }) => chosen.some((c) => c.dataset.edge === String(k) && c.value === id))
          ?.id ?? 'none',
    );
  }

  private inputs(): HTMLInputElement[] {
    return [...this.container.querySelectorAll('input')];
  }
}

function nodeName(node: number): string {
  return node === 0 ? 'in' : node === 3 ? 'out' : String(node);
}

function group(name: string, edge: number): HTMLElement {
  const fieldset = document.createElement('fieldset');
  const legend = document.createElement('legend');
  legend.textContent = name;
  fieldset.append(legend, ...CELL_OPERATIONS.map(({ id, label, title }) => option(edge, id, label, title)));
  return fieldset;
}

function option(edge: number, id: string, label: string, title: string): HTMLElement {
  const box = document.createElement('label');
  const input = document.createElement('input');
  input.type = 'radio';
  input.name = `edge-${edge}`;
  input.value = id;
  input.dataset.edge = String(edge);
  input.ariaLabel = title;
  const text = document.createElement('span');
  text.textContent = label;
  text.className = id;
  box.title = title;
  box.append(input, text);
  return box;
}
