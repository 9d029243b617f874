import type { KernelsDevicesAnswer } from '../api/accelerators.js';
import { type CompressionBody, type CompressionsAnswer, startCompression } from '../api/compressions.js';
import { card, el, labelled, problemLine } from '../dom.js';
import { goTo } from '../router.js';
import { base64Of } from './file-base64.js';

const FILE = 'file';

type Strategies = Pick<CompressionsAnswer, 'strategies' | 'defaultStrategy'>;

/** A form for the model to compress and its limits. */
export class CompressionForm {
  readonly element: HTMLElement;
  private readonly what = el(
    'select',
    { name: 'model', onchange: () => this.showFile() },
    new Option('an ONNX file', FILE),
    new Option('letters to phonemes (included)', 'g2p'),
  );
  private readonly file = el('input', { type: 'file', accept: '.onnx', name: 'onnx' });
  private readonly fileField = labelled('ONNX file, at most 12 MiB', this.file);
  private readonly parameters = number('0.1', '100', '33', 'no limit');
  private readonly device: HTMLSelectElement;
  private readonly latency = number('0', '', '', 'no limit');
  private readonly loss = number('0', '100', '', 'as little as possible');
  private readonly sizes = el('input', {
    name: 'sizes',
    autocomplete: 'off',
    placeholder: 'steps=50, x=1x80',
  });
  private readonly strategy: HTMLSelectElement;
  private readonly budget = number('2', '5000', '', '8 per matrix + 100');
  private readonly seed = number('0', '', '1', '');
  private readonly wrong = problemLine('compression-problem');
  private readonly start = el('button', { type: 'submit', id: 'start-compression' }, 'Start');

  /** @param devices with learned kernels */
  constructor(devices: KernelsDevicesAnswer['devices'], { strategies, defaultStrategy }: Strategies) {
    this.strategy = el(
      'select',
      {},
      ...strategies.map(({ name, description }) => el('option', { value: name, title: description }, name)),
    );
    this.strategy.value = defaultStrategy;
    this.device = el(
      'select',
      {},
      new Option('none', ''),
      ...devices.map(({ id, description }) => new Option(`${id} · ${description}`, id)),
    );
    const fields = [
      labelled('Model', this.what),
      this.fileField,
      labelled('Parameters left at most, %', this.parameters),
      labelled('Latency on', this.device),
      labelled('Latency at most, ms', this.latency),
      labelled('Loss at most, points', this.loss),
      labelled('Sizes of dynamic dimensions', this.sizes),
      labelled('Strategy', this.strategy),
      labelled('Evaluations', this.budget),
      labelled('Seed', this.seed),
    ];
    this.element = card(
      'Compress a model',
      { className: 'wide' },
      el(
        'p',
        { className: 'hint' },
        'A file is read but never run: ranks are judged by the share of the squared singular values they keep. ',
        'If accuracy is what matters, compress it with your own evaluator: ',
        el('code', {}, 'npx tempograph compress --onnx model.onnx --evaluator "python eval.py {model}" …'),
      ),
      el(
        'form',
        {
          id: 'compress',
          onsubmit: (event: SubmitEvent) => {
            event.preventDefault();
            void this.wrong.during(() => this.send());
          },
        },
        el('div', { className: 'fields' }, ...fields),
        this.wrong.element,
        el('div', { className: 'buttons' }, this.start),
      ),
    );
  }

  private showFile(): void {
    this.fileField.hidden = this.what.value !== FILE;
  }

  private async send(): Promise<void> {
    this.start.disabled = true;
    try {
      goTo(['compressions', (await startCompression(await this.body())).id]);
    } finally {
      this.start.disabled = false;
    }
  }

  private async body(): Promise<CompressionBody> {
    const parameters = optional(this.parameters);
    const asked = {
      maxParameters: parameters === undefined ? undefined : parameters / 100,
      device: this.device.value || undefined,
      maxLatencyMs: optional(this.latency),
      maxLoss: optional(this.loss),
      sizes: sizesOf(this.sizes.value),
      strategy: this.strategy.value,
      budget: optional(this.budget),
      seed: optional(this.seed),
    };
    if (this.what.value !== FILE) return { ...asked, name: this.what.value, model: 'g2p' };
    const [file] = this.file.files ?? [];
    if (!file) throw new Error('Choose an ONNX file.');
    return { ...asked, name: nameOf(file), onnx: await base64Of(file) };
  }
}

/** A name for the compression, made from the file's name. */
function nameOf({ name }: File): string {
  const plain = name.replace(/\.onnx$/i, '').replace(/[^\w.-]/g, '_');
  return plain.replace(/^[^A-Za-z0-9]+/, '').slice(0, 100) || 'model';
}

/** Parses dimensions or whole shapes by name: `steps=50, x=1x80`. */
function sizesOf(text: string): CompressionBody['sizes'] {
  const parts = text.split(',').filter((part) => part.trim() !== '');
  if (parts.length === 0) return undefined;
  return Object.fromEntries(
    parts.map((part) => {
      const [, name, size] = /^\s*(.+?)\s*=\s*(\d+(?:x\d+)*)\s*$/.exec(part) ?? [];
      if (!name)
        throw new Error(`Write sizes as name=size, separated by commas; “${part.trim()}” has another form.`);
      const numbers = size.split('x').map(Number);
      return [name, numbers.length > 1 ? numbers : numbers[0]];
    }),
  );
}

function optional(input: HTMLInputElement): number | undefined {
  return input.value === '' ? undefined : input.valueAsNumber;
}

function number(min: string, max: string, value: string, placeholder: string): HTMLInputElement {
  return el('input', { type: 'number', step: 'any', min, max, value, placeholder });
}
