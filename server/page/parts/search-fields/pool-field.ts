import type { SearchBody } from '../../api/searches.js';
import { el, labelled } from '../../dom.js';

/** A file with the operators that networks may have; the service checks it. */
export class PoolField {
  private readonly file = el('input', { type: 'file', accept: '.json', name: 'operators' });
  readonly element = labelled('Operator pool, JSON', this.file);

  async pool(): Promise<SearchBody['operatorPool']> {
    const [file] = this.file.files ?? [];
    if (!file) return undefined;
    try {
      return JSON.parse(await file.text());
    } catch {
      throw new Error(`${file.name} is not a pool of operators: it is not JSON.`);
    }
  }
}
