/** An error of a JSON schema's validation, as typebox and Fastify have it. */
interface SchemaError {
  readonly keyword: string;
  readonly schemaPath: string;
  /** JSON pointer to the value at fault. */
  readonly instancePath: string;
  readonly params: object;
  readonly message?: string;
}

/** What is wrong with a value, and what would be right. */
export interface SchemaProblem {
  /** JSON pointer to the part of the value; empty for the whole. */
  readonly path: string;
  readonly problem: string;
}

/**
 * Why a value is not of a schema, in words: typebox's own messages leave out which constants are allowed, and tell of
 * each alternative of a union by itself.
 *
 * @param errors of one value, at least one; typebox stops at eight
 */
export function schemaProblems(errors: readonly SchemaError[]): SchemaProblem[] {
  const chosen = withoutOtherShapes(withoutOtherAlternatives(withoutOtherTypes(errors))).filter(
    (error) => !isSaidByOthers(error, errors),
  );
  // Of the eight none may be of the alternative that is meant: then all are told.
  const meant = chosen.length > 0 ? chosen : errors;
  const paths = new Set(meant.map(({ instancePath }) => instancePath));
  return [...paths].flatMap((path) =>
    problemsOf(meant.filter(({ instancePath }) => instancePath === path)).map((problem) => ({
      path,
      problem,
    })),
  );
}

/** Of a union its alternatives tell, and of properties that it should not have the object; if typebox got so far. */
function isSaidByOthers({ keyword }: SchemaError, errors: readonly SchemaError[]): boolean {
  if (keyword === 'boolean') return errors.some((other) => other.keyword === 'additionalProperties');
  return keyword === 'anyOf';
}

function problemsOf(errors: readonly SchemaError[]): string[] {
  const wanted = new Set(errors.flatMap((error) => wantedBy(error, errors)));
  const missing = new Set(errors.flatMap(missingIn));
  const others = errors.filter(
    (error) => !['const', 'enum', 'type'].includes(error.keyword) && missingIn(error).length === 0,
  );
  const alternatives = wanted.size === 0 ? [] : [`must be ${inWords([...wanted])}`];
  const required = missing.size === 0 ? [] : [`must have required properties ${[...missing].join('; or ')}`];
  return [...new Set([...alternatives, ...required, ...others.map(messageOf)])];
}

/** The values or types that an error's keyword asks for. */
function wantedBy({ keyword, params, schemaPath }: SchemaError, beside: readonly SchemaError[]): string[] {
  if (keyword === 'const' && 'allowedValue' in params) return [JSON.stringify(params.allowedValue)];
  if (keyword === 'enum' && 'allowedValues' in params) {
    return (params.allowedValues as unknown[]).map((value) => JSON.stringify(value));
  }
  // A constant says its type.
  const isConstant = beside.some(
    (other) => other.schemaPath === schemaPath && ['const', 'enum'].includes(other.keyword),
  );
  return keyword === 'type' && 'type' in params && !isConstant ? [String(params.type)] : [];
}

/** The properties that an error asks for, in words. */
function missingIn({ params }: SchemaError): string[] {
  return 'requiredProperties' in params ? [(params.requiredProperties as string[]).join(', ')] : [];
}

function messageOf({ keyword, params, message = 'is not valid' }: SchemaError): string {
  if (keyword === 'boolean') return 'must not be there';
  return 'additionalProperties' in params ? `${message} (${String(params.additionalProperties)})` : message;
}

/** Of a union of types, where the value has the type of one alternative: the others are not meant. */
function withoutOtherTypes(errors: readonly SchemaError[]): SchemaError[] {
  return withoutAlternativesOf(errors, 'type');
}

/**
 * A union of objects that a constant tells apart: where the value has the constant of one, the others are not meant,
 * and where it has none, only that is wrong.
 */
function withoutOtherAlternatives(errors: readonly SchemaError[]): SchemaError[] {
  const foreign = new Set<string>();
  const tellingApart = new Set<string>();
  for (const { keyword, schemaPath } of errors) {
    const alternative = alternativeOf(schemaPath);
    if (keyword !== 'const' || !alternative || alternative.path === schemaPath) continue;
    foreign.add(alternative.path);
    tellingApart.add(alternative.union);
  }
  return errors.filter(({ keyword, schemaPath }) => {
    const alternative = alternativeOf(schemaPath);
    if (!alternative || !tellingApart.has(alternative.union)) return true;
    const isMeant = errors.some((other) => {
      const at = alternativeOf(other.schemaPath);
      return at?.union === alternative.union && !foreign.has(at.path);
    });
    return isMeant ? !foreign.has(alternative.path) : keyword === 'const';
  });
}

/** Of a union of closed objects: where the value has what one must not have and another may, the other is meant. */
function withoutOtherShapes(errors: readonly SchemaError[]): SchemaError[] {
  return withoutAlternativesOf(errors, 'additionalProperties');
}

/** Without the alternatives of a union that a keyword rules out, unless it rules out all of which something is told. */
function withoutAlternativesOf(errors: readonly SchemaError[], keyword: string): SchemaError[] {
  const alternatives = errors.flatMap(({ schemaPath }) => alternativesOf(schemaPath));
  const others = new Set(errors.flatMap((error) => (error.keyword === keyword ? [error.schemaPath] : [])));
  return errors.filter(({ schemaPath }) => {
    const at = alternativeOf(schemaPath);
    if (!at || !others.has(at.path)) return true;
    return !alternatives.some(({ union, path }) => union === at.union && !others.has(path));
  });
}

/** The innermost alternative of a union that a schema path leads through. */
const alternativeOf = (schemaPath: string) => alternativesOf(schemaPath).at(-1);

/** The alternatives that a schema path leads through, from the outermost. */
function alternativesOf(schemaPath: string): { readonly path: string; readonly union: string }[] {
  return [...schemaPath.matchAll(/\/anyOf\/\d+(?=\/|$)/g)].map(({ 0: { length }, index }) => ({
    path: schemaPath.slice(0, index + length),
    union: schemaPath.slice(0, index),
  }));
}

function inWords(alternatives: readonly string[]): string {
  return alternatives.length < 2
    ? alternatives.join()
    : `${alternatives.slice(0, -1).join(', ')} or ${alternatives.at(-1)}`;
}
