import type { SearchBody } from '../../api/searches.js';
import { el, labelled } from '../../dom.js';
import { columnNames, textOf } from '../file-text.js';

/** Where accuracies come from: workers that ask for networks and report, or a table of trained networks. */
export class TableField {
  readonly elements: Node[];
  private readonly kind = el('select', { name: 'evaluator' });
  private readonly file = el('input', { type: 'file', accept: '.csv,.gz', name: 'table' });
  private readonly column = el(
    'select',
    { name: 'column', disabled: true },
    new Option('choose a table first', ''),
  );
  private text = '';
  /** Reading of the last chosen file. */
  private reading = Promise.resolve();

  constructor() {
    this.kind.append(
      new Option('a table of accuracies', 'table'),
      new Option('workers (ask and tell)', 'ask-tell'),
    );
    const file = labelled('CSV with a column of architectures', this.file);
    const column = labelled('Column of accuracies, %', this.column);
    this.kind.onchange = () => {
      file.hidden = column.hidden = this.kind.value !== 'table';
    };
    this.file.onchange = () => {
      this.reading = this.read();
      // Its errors are reported when the form is sent.
      this.reading.catch(() => {});
    };
    this.elements = [labelled('Trained by', this.kind), file, column];
  }

  async evaluator(): Promise<SearchBody['evaluator']> {
    if (this.kind.value === 'ask-tell') return { kind: 'ask-tell' };
    await this.reading;
    if (this.text === '')
      throw new Error('Choose a table: a CSV with a column of architectures and one of accuracies.');
    return { kind: 'table', column: this.column.value, csv: this.text };
  }

  private async read(): Promise<void> {
    const [file] = this.file.files ?? [];
    if (!file) return;
    this.text = '';
    this.text = await textOf(file).catch(() => {
      throw new Error(`${file.name} cannot be unpacked: it is damaged, or no gzip file.`);
    });
    const numbers = (await columnNames(this.text)).filter(
      (name) => !/^(arch(itecture)?(_|$)|unique_str$)/.test(name),
    );
    this.column.replaceChildren(...numbers.map((name) => new Option(name, name)));
    this.column.disabled = false;
  }
}
