import { type Choice, fetchChoices } from '../api/spaces.js';
import { el, labelled } from '../dom.js';

/** Builds an architecture of any space: a list for each slot, disabled where other choices make it irrelevant. */
export class SlotBuilder {
  readonly element = el('div', { id: 'slots', className: 'fields', hidden: true });
  private space = '';
  private architecture = '';
  /** Lists of the slots shown. */
  private selects = new Map<string, HTMLSelectElement>();

  /**
   * @param optionsOf the slots of a space, by name
   * @param onChange called with the string of a new architecture
   * @param onProblem called with what is wrong with it
   */
  constructor(
    private readonly optionsOf: (space: string) => Promise<readonly { name: string; options: string[] }[]>,
    private readonly onChange: (architecture: string) => void,
    private readonly onProblem: (error: Error) => void,
  ) {}

  hide(): void {
    this.element.hidden = true;
    this.architecture = '';
  }

  /** Shows an architecture; an invalid string leaves the choices unchanged. */
  async show(space: string, architecture: string): Promise<void> {
    if (space === this.space && architecture === this.architecture) return;
    this.architecture = architecture;
    if (space !== this.space) await this.open(space);
    const { choices } = await fetchChoices(space, architecture);
    if (space !== this.space || architecture !== this.architecture) return;
    this.element.hidden = false;
    for (const choice of choices) this.set(choice);
  }

  private async open(space: string): Promise<void> {
    this.space = space;
    const slots = await this.optionsOf(space).catch((error) => {
      // So the next call asks again.
      if (this.space === space) this.space = '';
      throw error;
    });
    if (space !== this.space) return;
    // A slot with one option is not shown.
    const open = slots.filter(({ options }) => options.length > 1);
    this.selects = new Map(
      open.map(({ name, options }) => [
        name,
        el(
          'select',
          { onchange: (event) => void this.choose(name, (event.target as HTMLSelectElement).value) },
          ...options.map((option) => new Option(option, option)),
        ),
      ]),
    );
    this.element.replaceChildren(...[...this.selects].map(([name, select]) => labelled(name, select)));
    this.element.style.setProperty('--columns', String(slotsOfBlock([...this.selects.keys()])));
  }

  private set({ slot, option, active }: Choice): void {
    const select = this.selects.get(slot);
    if (!select) return;
    select.value = option;
    select.disabled = !active;
  }

  private async choose(slot: string, option: string): Promise<void> {
    try {
      const { architecture } = await fetchChoices(this.space, this.architecture, { [slot]: option });
      this.onChange(architecture);
    } catch (error) {
      this.onProblem(error as Error);
    }
  }
}

/** Number of slots per row: those of a block if all blocks have the same slots; at most six. */
function slotsOfBlock(names: readonly string[]): number {
  const blockOf = (name: string) => /^\D+\d+_/.exec(name)?.[0] ?? name;
  const sizes = new Set([...Map.groupBy(names, blockOf).values()].map(({ length }) => length));
  const [size] = sizes;
  return sizes.size === 1 && size > 1 && size <= 6 ? size : 6;
}
