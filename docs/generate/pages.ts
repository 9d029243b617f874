import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeService } from '../../server/http/openapi.js';
import { InputError, quote } from '../../src/base/errors.js';
import { packageRoot } from '../../src/base/package-root.js';
import { SpaceFile } from '../../src/spaces/declared/space-file.js';
import { cliReference, commandLine } from './cli.js';
import { httpReference } from './http.js';
import { withRegions } from './regions.js';
import { tables } from './tables.js';

/** Folders of the site that hold no pages of ours. */
const NO_PAGES = ['node_modules', '.vitepress', 'reference/library'];

/** Every page that people read, README and the like first, as paths inside the package. */
export async function pages(): Promise<string[]> {
  const top = (await readdir(packageRoot)).filter((name) => name.endsWith('.md'));
  const below = await readdir(join(packageRoot, 'docs'), { recursive: true });
  const own = below
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.md') && !NO_PAGES.some((folder) => path.startsWith(`${folder}/`)));
  return [...top.sort(), ...own.sort().map((path) => `docs/${path}`)];
}

/** Pages that are generated, whole or in parts, as they should be: text by path inside the package. */
export async function generatedPages(): Promise<Map<string, string>> {
  const generated = new Map<string, string>();
  const openApi = await describeService();
  generated.set('docs/openapi.json', openApi);
  generated.set('docs/space.schema.json', `${JSON.stringify(SpaceFile, null, 2)}\n`);
  generated.set('docs/reference/cli.md', cliReference(await commandLine()));
  generated.set('docs/reference/http.md', httpReference(JSON.parse(openApi)));
  for (const path of await pages()) {
    if (generated.has(path)) continue;
    const text = await readFile(join(packageRoot, path), 'utf8');
    generated.set(
      path,
      withRegions(text, 'generated', ({ name }) => {
        if (!Object.hasOwn(tables, name)) {
          const known = Object.keys(tables).join(', ');
          throw new InputError(`there is no table ${quote(name)}; known are ${known}`, { file: path });
        }
        return tables[name]();
      }),
    );
  }
  return generated;
}
