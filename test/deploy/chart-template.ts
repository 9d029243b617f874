import { stringify } from 'yaml';

/**
 * The part of Helm's template language that the project's chart keeps to: fields, `if`, `define`, `include`, comments, `default`, `int`,
 * `quote`, `toYaml` and `nindent`, with `-` to trim. Whatever else is in a template is an error.
 */
export class ChartTemplates {
  private readonly named = new Map<string, Node[]>();

  /** @param root what `.` is: `Values`, `Release`, `Chart` */
  constructor(private readonly root: Record<string, unknown>) {}

  /** Renders a template; what it defines others can include afterwards. */
  render(text: string): string {
    const tokens = tokensOf(text);
    const nodes = this.parse(tokens, []);
    if (tokens.length > 0) throw new Error(`an end too many: ${tokens[0].code}`);
    return this.print(nodes);
  }

  private parse(tokens: Token[], nodes: Node[]): Node[] {
    for (let token = tokens[0]; token; token = tokens[0]) {
      if (token.code === 'end') return nodes;
      tokens.shift();
      const { text, code } = token;
      const [word, ...rest] = code?.split(/\s+/) ?? [];
      if (code === undefined) nodes.push({ text });
      else if (code.startsWith('/*')) continue;
      else if (word === 'if') nodes.push({ when: rest.join(' '), body: this.block(tokens) });
      else if (word === 'define') this.named.set(JSON.parse(rest[0]), this.block(tokens));
      else nodes.push({ value: code });
    }
    return nodes;
  }

  private block(tokens: Token[]): Node[] {
    const body = this.parse(tokens, []);
    if (tokens.shift()?.code !== 'end') throw new Error('an end is missing');
    return body;
  }

  private print(nodes: readonly Node[]): string {
    return nodes
      .map(({ text, when, body, value }) => {
        if (text !== undefined) return text;
        if (when !== undefined) return isTrue(this.evaluate(when)) ? this.print(body!) : '';
        return String(this.evaluate(value!));
      })
      .join('');
  }

  private evaluate(code: string): unknown {
    const [first, ...pipes] = code.split('|').map((part) => part.trim().split(/\s+/));
    return pipes.reduce((value, [name, argument]) => this.pipe(name, value, argument), this.command(first));
  }

  private command([word, argument, last]: string[]): unknown {
    if (word === 'toYaml') return this.pipe(word, this.term(argument));
    if (word !== 'include') return this.term(word);
    const body = this.named.get(JSON.parse(argument));
    if (!body || last !== '.') throw new Error(`include ${argument} ${last}`);
    return this.print(body);
  }

  private pipe(name: string, value: unknown, argument?: string): unknown {
    if (name === 'quote') return JSON.stringify(String(value));
    if (name === 'default') return isTrue(value) ? value : this.term(argument!);
    if (name === 'int') return Math.trunc(Number(value));
    if (name === 'toYaml') return stringify(value).trimEnd();
    if (name === 'nindent') return `\n${String(value).replaceAll(/^/gm, ' '.repeat(Number(argument)))}`;
    throw new Error(`no function ${name}`);
  }

  private term(word: string): unknown {
    if (!/^(\.[a-zA-Z]+)+$/.test(word)) throw new Error(`no term: ${word}`);
    return word
      .slice(1)
      .split('.')
      .reduce<unknown>((value, key) => {
        const inner = (value as Record<string, unknown> | undefined)?.[key];
        if (inner === undefined) throw new Error(`there is no ${word}`);
        return inner;
      }, this.root);
  }
}

interface Token {
  readonly text?: string;
  readonly code?: string;
}

interface Node {
  readonly text?: string;
  readonly when?: string;
  readonly body?: Node[];
  readonly value?: string;
}

function tokensOf(template: string): Token[] {
  const parts = template.split(/(\{\{.*?\}\})/s);
  return parts.flatMap((part, i): Token[] => {
    if (i % 2 === 1) return [{ code: part.replace(/^\{\{-?\s*|\s*-?\}\}$/g, '') }];
    const start = parts[i - 1]?.endsWith('-}}') ? part.trimStart() : part;
    const text = parts[i + 1]?.startsWith('{{-') ? start.trimEnd() : start;
    return text === '' ? [] : [{ text }];
  });
}

/** As Go's templates have it. */
function isTrue(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}
