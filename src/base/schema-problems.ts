/** A validation error of a JSON schema, as typebox and Fastify report it. */
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
  /** JSON pointer to the value at fault; empty for the whole document. */
  readonly path: string;
  readonly problem: string;
}

/**
 * Explains in words why a value does not match a schema. typebox's own messages leave out the allowed
 * constants, and report each alternative of a union separately.
 *
 * @param errors of one value, at least one; typebox stops at eight
 */
export function schemaProblems(errors: readonly SchemaError[]): SchemaProblem[] {
  const chosen = withoutOtherShapes(withoutOtherAlternatives(withoutOtherTypes(errors))).filter(
    (error) => !isSaidByOthers(error, errors),
  );
  // The alternative that is meant may have none of the eight errors. Then all errors are reported.
  const meant = chosen.length > 0 ? chosen : errors;
  const paths = new Set(meant.map(({ instancePath }) => instancePath));
  return [...paths].flatMap((path) =>
    problemsOf(meant.filter(({ instancePath }) => instancePath === path)).map((problem) => ({
      path,
      problem,
    })),
  );
}

/**
 * Errors that others explain better: a union's alternatives explain the union, and the object explains its
 * superfluous properties. Only if typebox got that far.
 */
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

/** The values or types that an error's keyword allows. */
function wantedBy({ keyword, params, schemaPath }: SchemaError, beside: readonly SchemaError[]): string[] {
  if (keyword === 'const' && 'allowedValue' in params) return [JSON.stringify(params.allowedValue)];
  if (keyword === 'enum' && 'allowedValues' in params) {
    return (params.allowedValues as unknown[]).map((value) => JSON.stringify(value));
  }
  // A constant also tells its type.
  const isConstant = beside.some(
    (other) => other.schemaPath === schemaPath && ['const', 'enum'].includes(other.keyword),
  );
  return keyword === 'type' && 'type' in params && !isConstant ? [String(params.type)] : [];
}

/** The missing properties that an error names. */
function missingIn({ params }: SchemaError): string[] {
  return 'requiredProperties' in params ? [(params.requiredProperties as string[]).join(', ')] : [];
}

function messageOf({ keyword, params, message = 'is not valid' }: SchemaError): string {
  if (keyword === 'boolean') return 'must not be there';
  return 'additionalProperties' in params ? `${message} (${String(params.additionalProperties)})` : message;
}

/** For a union of types where the value has the type of one alternative: drops the errors of the other alternatives. */
function withoutOtherTypes(errors: readonly SchemaError[]): SchemaError[] {
  return withoutAlternativesOf(errors, 'type');
}

/**
 * For a union of objects that a constant distinguishes: if the value has one of the constants, drops the
 * errors of the other alternatives; if it has none, keeps only the error about the constant.
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

/** For a union of closed objects: if the value has a property that only some alternatives allow, drops the others. */
function withoutOtherShapes(errors: readonly SchemaError[]): SchemaError[] {
  return withoutAlternativesOf(errors, 'additionalProperties');
}

/**
 * Drops the alternatives of a union that a keyword rules out, unless that would drop every alternative that
 * has errors.
 */
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
