import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import GithubSlugger from 'github-slugger';
import { marked, type Token } from 'marked';
import { pages } from '../../docs/generate/pages.js';
import { packageRoot } from '../../src/base/package-root.js';

/** Written by typedoc when the site is built. */
const BUILT = /^docs\/reference\/library\//;

interface Page {
  readonly anchors: ReadonlySet<string>;
  readonly links: readonly string[];
}

function read(text: string): Page {
  const slugger = new GithubSlugger();
  const anchors = new Set<string>();
  const links: string[] = [];
  marked.walkTokens(marked.lexer(text.replace(/^---\n[\s\S]*?\n---\n/, '')), (token: Token) => {
    if (token.type === 'heading') anchors.add(slugger.slug(plainText(token as Token & { tokens?: Token[] })));
    if (token.type === 'link' || token.type === 'image') links.push(token.href);
  });
  return { anchors, links };
}

/** A heading's text as it is read, without its marks. */
function plainText(token: Token & { tokens?: Token[] }): string {
  if (token.tokens) return token.tokens.map((inner) => plainText(inner)).join('');
  return 'text' in token ? token.text : '';
}

test('every relative link of a page leads to a file, and every anchor to a heading', async () => {
  const read_ = new Map<string, Page>();
  const page = async (path: string) => {
    const known = read_.get(path) ?? read(await readFile(join(packageRoot, path), 'utf8'));
    read_.set(path, known);
    return known;
  };
  const broken: string[] = [];
  let followed = 0;
  for (const path of await pages()) {
    for (const link of (await page(path)).links) {
      if (/^[a-z]+:/.test(link)) continue;
      followed++;
      const [file, anchor] = link.split('#');
      const target = file === '' ? path : normalize(join(dirname(path), decodeURIComponent(file)));
      if (BUILT.test(target)) continue;
      if (!existsSync(join(packageRoot, target))) broken.push(`${path}: ${link}: there is no ${target}`);
      else if (anchor !== undefined && !(await page(target)).anchors.has(anchor)) {
        broken.push(`${path}: ${link}: ${target} has no heading #${anchor}`);
      }
    }
  }
  assert.ok(followed > 100, `${followed} links were found`);
  assert.deepEqual(broken, []);
});
