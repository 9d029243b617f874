import { el } from '../dom.js';

/** The number in a field; undefined if it is empty. */
export function optionalNumber(input: HTMLInputElement): number | undefined {
  return input.value === '' ? undefined : input.valueAsNumber;
}

/** A list of names to choose from. */
export function selectInput(names: readonly string[], chosen: string): HTMLSelectElement {
  const made = el('select', {}, ...names.map((name) => new Option(name, name)));
  made.value = chosen;
  return made;
}

/** A field for an optional upper bound. */
export function limitInput(): HTMLInputElement {
  return el('input', { type: 'number', min: '0', step: 'any', placeholder: 'no limit' });
}

/** A field for a required whole number. */
export function numberInput(value: number, min: number, max?: number): HTMLInputElement {
  return el('input', {
    type: 'number',
    min: String(min),
    max: max === undefined ? '' : String(max),
    required: true,
    value: String(value),
  });
}
