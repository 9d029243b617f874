import { compiled } from './declared-slots.js';
import type { Block, Loop, OperatorTemplate } from './space-file.js';

/**
 * Checks every expression of a file's blocks, including those that few architectures use.
 *
 * @param known names of slots and definitions
 * @throws InputError that names the field of an expression that cannot be read, or that uses an unknown name
 */
export function checkBlocks(blocks: readonly Block[], known: readonly string[]): void {
  for (const [b, { name, for: loop, when, inputs = [], operators }] of blocks.entries()) {
    const field = `/blocks/${b}`;
    const inner = withLoop(loop, known, `${field}/for`);
    checkTemplate(name, inner, `${field}/name`);
    if (when !== undefined) compiled(when, `${field}/when`, inner);
    for (const [r, reference] of inputs.entries()) {
      const at = `${field}/inputs/${r}`;
      if (typeof reference === 'string') checkTemplate(reference, inner, at);
      else {
        const innermost = withLoop(reference.for, inner, at);
        checkTemplate(reference.block, innermost, at);
        if (reference.when !== undefined) compiled(reference.when, at, innermost);
      }
    }
    checkOperators(operators, inner, `${field}/operators`);
  }
}

function withLoop(loop: Loop | undefined, known: readonly string[], field: string): readonly string[] {
  if (!loop) return known;
  const [[variable, range]] = Object.entries(loop);
  if (typeof range !== 'string') {
    for (const end of range) if (typeof end === 'string') compiled(end, field, known);
  }
  return [...known, variable];
}

function checkOperators(operators: Block['operators'], known: readonly string[], field: string): void {
  if (Array.isArray(operators)) checkValue(operators satisfies OperatorTemplate[], known, field);
  else {
    compiled(operators.by, `${field}/by`, known);
    checkValue(operators.of, known, `${field}/of`);
  }
}

function checkValue(value: unknown, known: readonly string[], field: string): void {
  if (typeof value === 'string' && value.startsWith('=')) compiled(value.slice(1), field, known);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) checkValue(part, known, `${field}/${key}`);
}

function checkTemplate(template: string, known: readonly string[], field: string): void {
  for (const [, text] of template.matchAll(/\{([^}]*)\}/g)) compiled(text, field, known);
}
