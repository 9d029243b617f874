import { withoutWeights } from '../../../src/onnx/without-weights.js';
import type { AskedNetwork } from '../api/accelerators.js';
import { fetchSpace } from '../api/devices.js';
import { card, el, labelled, problemLine, reasonOf } from '../dom.js';
import { base64Of } from './file-base64.js';
import { SlotBuilder } from './slot-builder.js';

const ONNX = 'onnx';
const FIRST = 'googlenet';

/** Chooses a network: a published one, an architecture of a space slot by slot, or the user's own ONNX file. */
export class NetworkChoice {
  readonly element: HTMLElement;
  private readonly kind: HTMLSelectElement;
  private readonly architecture: HTMLTextAreaElement;
  private readonly architectureField: HTMLElement;
  private readonly slots: SlotBuilder;
  private readonly file = el('input', { type: 'file', id: 'onnx', accept: '.onnx' });
  private readonly fileField: HTMLElement;
  private readonly wrong = problemLine('breakdown-problem');
  private readonly about = el('p', { className: 'hint', id: 'network-size' });
  /** The chosen file in base64, weightless. */
  private onnx = '';

  /** @param onChange called when another network is chosen */
  constructor(
    { networks, spaces }: { readonly networks: readonly string[]; readonly spaces: readonly string[] },
    private readonly onChange: () => void,
  ) {
    this.kind = el(
      'select',
      { id: 'network', onchange: () => this.chooseKind() },
      el('optgroup', { label: 'published networks' }, ...networks.map((name) => new Option(name, name))),
      el(
        'optgroup',
        { label: 'an architecture of' },
        ...spaces.map((name) => new Option(name, `space:${name}`)),
      ),
      el('optgroup', { label: 'your own' }, new Option('an ONNX file', ONNX)),
    );
    this.architecture = el('textarea', {
      id: 'accelerator-architecture',
      rows: 3,
      spellcheck: false,
      attributes: { autocomplete: 'off', 'aria-describedby': 'breakdown-problem' },
      oninput: () => this.change(),
    });
    const optionsOf = async (space: string) => (await fetchSpace(space)).slots;
    const onBuilt = (architecture: string) => {
      this.architecture.value = architecture;
      this.change();
    };
    this.slots = new SlotBuilder(optionsOf, onBuilt, (error) => this.problem(reasonOf(error)));
    this.architectureField = labelled('Architecture string', this.architecture);
    this.file.onchange = () => void this.read(this.file.files?.[0]);
    this.fileField = labelled('ONNX file; its weights are removed before it is sent', this.file);
    const drop = el('p', { className: 'hint' }, 'You can also drop an ONNX file on this card.');
    const parts = [
      labelled('Network', this.kind),
      this.slots.element,
      this.architectureField,
      this.fileField,
    ];
    this.element = card('Network', { id: 'network-card' }, ...parts, drop, this.wrong.element, this.about);
    this.element.addEventListener('dragover', (event) => event.preventDefault());
    this.element.addEventListener('drop', (event) => {
      event.preventDefault();
      void this.read(event.dataTransfer?.files[0]);
    });
  }

  /** Chooses the network named in the address. */
  async follow(settings: URLSearchParams): Promise<void> {
    const space = settings.get('space');
    const wanted = space ? `space:${space}` : settings.get('network');
    const there = [...this.kind.options].some(({ value }) => value === wanted && value !== ONNX);
    this.kind.value = there && wanted !== null ? wanted : FIRST;
    this.architecture.value = settings.get('arch') ?? '';
    if (this.space && this.architecture.value === '')
      this.architecture.value = (await fetchSpace(this.space)).example;
    this.showFields();
  }

  /** The chosen network; undefined until a file is chosen. */
  get asked(): AskedNetwork | undefined {
    if (this.space) return { space: this.space, architecture: this.architecture.value.trim() };
    if (this.kind.value !== ONNX) return { network: this.kind.value };
    return this.onnx === '' ? undefined : { onnx: this.onnx };
  }

  /** Settings for the address; a file cannot be in an address. */
  get settings(): Record<string, string> {
    if (this.space) return { space: this.space, arch: this.architecture.value.trim() };
    return this.kind.value === ONNX ? {} : { network: this.kind.value };
  }

  problem(message: string | undefined): void {
    this.wrong.show(message);
    this.architecture.ariaInvalid = String(message !== undefined);
  }

  /** @param text the size of the network, in words */
  size(text: string): void {
    this.about.textContent = text;
  }

  /** The space of the chosen architecture. */
  private get space(): string | undefined {
    return /^space:(.*)/.exec(this.kind.value)?.[1];
  }

  private async chooseKind(): Promise<void> {
    const { space } = this;
    try {
      if (space) this.architecture.value = (await fetchSpace(space)).example;
    } catch (error) {
      this.problem(reasonOf(error as Error));
      return;
    }
    this.change();
  }

  /** Another architecture was typed or built. */
  private change(): void {
    this.showFields();
    this.onChange();
  }

  private showFields(): void {
    const { space } = this;
    // The request for the network reports what is wrong with a typed string.
    if (space) void this.slots.show(space, this.architecture.value.trim()).catch(() => {});
    else this.slots.hide();
    this.architectureField.hidden = space === undefined;
    this.fileField.hidden = this.kind.value !== ONNX;
  }

  private async read(file: File | undefined): Promise<void> {
    if (!file) return;
    try {
      const bytes = withoutWeights(new Uint8Array(await file.arrayBuffer()));
      this.onnx = await base64Of(new Blob([Uint8Array.from(bytes)]));
      this.kind.value = ONNX;
      this.change();
    } catch (error) {
      this.problem(`${file.name}: ${(error as Error).message}`);
    }
  }
}
