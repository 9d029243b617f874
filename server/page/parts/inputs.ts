import { el } from '../dom.js';

/** What a number field says; undefined where it is empty. */
export function optionalNumber(input: HTMLInputElement): number | undefined {
  return input.value === '' ? undefined : input.valueAsNumber;
}

/** A choice of names. */
export function selectInput(names: readonly string[], chosen: string): HTMLSelectElement {
  const made = el('select', {}, ...names.map((name) => new Option(name, name)));
  made.value = chosen;
  return made;
}

/** An upper bound, which need not be given. */
export function limitInput(): HTMLInputElement {
  return el('input', { type: 'number', min: '0', step: 'any', placeholder: 'no limit' });
}

/** A whole number that must be given. */
export function numberInput(value: number, min: number, max?: number): HTMLInputElement {
  return el('input', {
    type: 'number',
    min: String(min),
    max: max === undefined ? '' : String(max),
    required: true,
    value: String(value),
  });
}
