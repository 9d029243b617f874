import { code, markdownTable, plain } from './markdown.js';

/** What is read of an OpenAPI description. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly default?: unknown;
}
interface Content {
  readonly schema?: Schema;
  readonly example?: unknown;
}
interface Route {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema?: Schema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<
    Record<string, { readonly description?: string; readonly content?: Readonly<Record<string, Content>> }>
  >;
}
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Route>>>>;
}

/** The page of all routes, from the service's own description. */
export function httpReference({ paths }: OpenApi): string {
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, route]) => ({ path, method: method.toUpperCase(), route })),
  );
  const tags = [...new Set(routes.map(({ route }) => route.tags?.[0] ?? 'other'))];
  const sections = tags.map((tag) => {
    const own = routes.filter(({ route }) => (route.tags?.[0] ?? 'other') === tag);
    return `## ${tag.charAt(0).toUpperCase()}${tag.slice(1)}\n\n${own.map(routeSection).join('\n\n')}`;
  });
  return `# HTTP

Generated from [docs/openapi.json](../openapi.json), the OpenAPI description of the service, by \`npm run docs -- --generate\`. A running
service shows it at \`/docs\`, where every route can be tried.

Bodies and answers are JSON. Where the service requires keys, each request carries \`authorization: Bearer <key>\`; the
role that a route needs stands beside it. An error answers \`{"error": {"code", "message", "details"}}\`: \`code\` is for
programs, \`message\` says what is wrong and what would be right.

${markdownTable(
  ['route', 'what it does'],
  routes.map(({ path, method, route }) => [code(`${method} ${path}`), plain(route.summary ?? '')]),
)}

${sections.join('\n\n')}
`;
}

function routeSection({ path, method, route }: { path: string; method: string; route: Route }): string {
  const roles = route.security?.flatMap((one) => Object.values(one).flat()) ?? [];
  const parts = [`### ${code(`${method} ${path}`)}`];
  parts.push(`${plain(route.summary ?? '')}. Role: ${roles.join(', ') || 'none'}.`);
  if (route.parameters && route.parameters.length > 0) {
    parts.push(
      markdownTable(
        ['parameter', 'in', 'type', 'what it is'],
        route.parameters.map(({ name, in: where, required, description, schema = {} }) => [
          code(name) + (required ? ' *' : ''),
          where,
          typeOf(schema),
          plain(description ?? schema.description ?? ''),
        ]),
      ),
    );
  }
  for (const [type, { schema, example }] of Object.entries(route.requestBody?.content ?? {})) {
    parts.push(`Body, ${code(type)}${schema?.description ? `: ${plain(schema.description)}` : ''}`);
    if (schema?.properties) parts.push(fieldTable(schema));
    if (example !== undefined) parts.push(`\`\`\`json\n${JSON.stringify(example, null, 2)}\n\`\`\``);
  }
  for (const [status, { description, content }] of Object.entries(route.responses)) {
    if (!/^[23]/.test(status)) continue;
    const types = Object.keys(content ?? {})
      .map(code)
      .join(', ');
    const said = description && description !== 'Default Response' ? `: ${plain(description)}` : '';
    parts.push(`Answer ${status}${types === '' ? '' : `, ${types}`}${said}`);
    const schema = content?.['application/json']?.schema;
    if (schema?.properties) parts.push(fieldTable(schema));
  }
  return parts.join('\n\n');
}

/** A row per field; those of objects below them as `outer.inner`, of lists as `list[].inner`. */
function fieldTable(schema: Schema): string {
  return markdownTable(['field', 'type', 'what it is'], fieldRows(schema, ''));
}

const DEEPEST = 3;

function fieldRows(schema: Schema, prefix: string, depth = 1): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const must = schema.required?.includes(name) && prefix === '' ? ' *' : '';
    const row = [code(path) + must, typeOf(field), plain(field.description ?? '')];
    const inner = field.type === 'array' ? field.items : field;
    if (!inner?.properties || depth === DEEPEST) return [row];
    return [row, ...fieldRows(inner, `${path}${field.type === 'array' ? '[]' : ''}.`, depth + 1)];
  });
}

/** A schema's type in a few words, with its bounds. */
function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum) return schema.enum.map((value) => code(JSON.stringify(value))).join(', ');
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeOf))].join(' or ');
  const { minimum, maximum, minItems, maxItems, maxLength } = schema;
  if (schema.type === 'array') {
    return `list of ${schema.items ? typeOf(schema.items) : 'anything'}${bounds(minItems, maxItems)}`;
  }
  if (schema.type === 'string' && maxLength !== undefined) return `string, at most ${maxLength} characters`;
  return `${schema.type ?? 'anything'}${bounds(minimum, maximum)}`;
}

function bounds(least: number | undefined, most: number | undefined): string {
  if (least !== undefined && most !== undefined) return `, ${least} to ${most}`;
  if (least !== undefined) return `, at least ${least}`;
  return most === undefined ? '' : `, at most ${most}`;
}
