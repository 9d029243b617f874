import fc from 'fast-check';

/** As much of a JSON schema as the service's description uses. */
export interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: string;
}

/** Texts that mean something to the service, beside any text at all. */
export interface Vocabulary {
  readonly texts: readonly string[];
}

const ODD_TEXTS = [
  '',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  'NaN',
  '\0',
  '\ud83d',
  "'; DROP TABLE job; --",
  '手机',
  'مرحبا \u202e',
  '\uffff',
  'hasOwnProperty',
  'toString',
  'valueOf',
  'a'.repeat(5000),
];
/** Of what doubles are, and of what is counted with. */
const ODD_NUMBERS = [
  0,
  -0,
  -1,
  0.1,
  Number.NaN,
  1e308,
  -1e308,
  -1e-308,
  5e-324,
  Number.EPSILON,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 32,
  2 ** 53,
  -(2 ** 53),
  2 ** 63,
  2 ** 64,
];

/**
 * Values for a schema: most of them as it says, some with one part or another as it does not, some nothing of the kind.
 * Patterns and lengths are left to chance.
 */
export function valueFor(schema: Schema, vocabulary: Vocabulary, depth = 0): fc.Arbitrary<unknown> {
  const fitting = fittingValue(schema, vocabulary, depth);
  return fc.oneof(
    { arbitrary: fitting, weight: 60 },
    { arbitrary: fc.jsonValue({ maxDepth: 2 }), weight: 1 },
    { arbitrary: oddShape(), weight: 1 },
  );
}

/** Deep, wide, and named as what every object has from its prototype: made of text, as JSON of others is. */
function oddShape(): fc.Arbitrary<unknown> {
  const depth = fc.constantFrom(2, 31, 33, 1000, 10_000);
  const arrays = depth.map((n) => new Raw(`${'['.repeat(n)}${']'.repeat(n)}`));
  const objects = depth.map((n) => new Raw(`${'{"a":'.repeat(n)}1${'}'.repeat(n)}`));
  const wide = fc
    .constantFrom(10_001, 20_001, 140_000)
    .map((n) => new Raw(`[${new Array(n).fill('1').join()}]`));
  const proto = fc
    .tuple(
      fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'toJSON'),
      fc.jsonValue({ maxDepth: 1 }),
    )
    .map(([name, value]) => new Raw(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`));
  return fc.oneof(arrays, objects, wide, proto);
}

const MARK = '\ue000raw:';

/** JSON that is put into a body as it stands: `JSON.parse` and `JSON.stringify` would not take it there and back. */
class Raw {
  constructor(private readonly text: string) {}
  toJSON(): string {
    return `${MARK}${this.text}`;
  }
}

/** A value as JSON, what is raw in it as it stands. */
export function jsonOf(value: unknown): string | undefined {
  return JSON.stringify(value)?.replace(
    new RegExp(`"${MARK}((?:[^"\\\\]|\\\\.)*)"`, 'g'),
    (_, text: string) => JSON.parse(`"${text}"`) as string,
  );
}

function fittingValue(schema: Schema, vocabulary: Vocabulary, depth: number): fc.Arbitrary<unknown> {
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((option) => valueFor(option, vocabulary, depth + 1)));
  switch (schema.type) {
    case 'object': {
      const fields = Object.entries(schema.properties ?? {});
      const values = fc.record(
        Object.fromEntries(fields.map(([name, field]) => [name, valueFor(field, vocabulary, depth + 1)])),
        { requiredKeys: schema.required ? [...schema.required] : [] },
      );
      const extra = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 });
      return fc.oneof(
        { arbitrary: values, weight: 20 },
        { arbitrary: fc.tuple(values, extra).map(([a, b]) => ({ ...a, ...b })), weight: 1 },
        { arbitrary: fc.subarray(fields).chain((some) => partOf(some, vocabulary, depth)), weight: 1 },
      );
    }
    case 'array': {
      const least = Math.min(schema.minItems ?? 0, 3);
      return fc.array(valueFor(schema.items ?? {}, vocabulary, depth + 1), {
        minLength: least,
        maxLength: 4,
      });
    }
    case 'string':
      return textFor(schema, vocabulary);
    case 'integer':
    case 'number':
      return numberFor(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

/** An object without some of its fields, needed or not. */
function partOf(fields: [string, Schema][], vocabulary: Vocabulary, depth: number): fc.Arbitrary<unknown> {
  const values = fields.map(([name, field]) => [name, valueFor(field, vocabulary, depth + 1)] as const);
  return fc.record(Object.fromEntries(values));
}

function textFor({ format }: Schema, { texts }: Vocabulary): fc.Arbitrary<string> {
  if (format === 'uuid')
    return fc.oneof({ arbitrary: fc.uuid(), weight: 9 }, { arbitrary: fc.string(), weight: 1 });
  return fc.oneof(
    { arbitrary: fc.constantFrom(...texts), weight: 8 },
    { arbitrary: fc.string({ unit: 'binary', maxLength: 30 }), weight: 1 },
    { arbitrary: fc.constantFrom(...ODD_TEXTS), weight: 1 },
  );
}

function numberFor({ type, minimum = 0, maximum = 1000 }: Schema): fc.Arbitrary<number> {
  const most = Math.min(maximum, minimum + 50);
  const fitting =
    type === 'integer'
      ? fc.integer({ min: minimum, max: most })
      : fc.double({ min: minimum, max: most, noNaN: true });
  return fc.oneof(
    { arbitrary: fitting, weight: 9 },
    { arbitrary: fc.constantFrom(...ODD_NUMBERS), weight: 1 },
  );
}
