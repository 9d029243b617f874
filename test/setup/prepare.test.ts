import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../temporary-folder.js';

interface Lock {
  packages: Record<string, { version?: string; integrity?: string; optional?: boolean; dev?: boolean }>;
}
interface State {
  installed: boolean;
  sourcesMs: number;
  builtMs?: number;
  pageMs?: number;
  pageBuiltMs?: number;
  databaseMs?: number;
}

const scripts = new URL('../../../scripts/', import.meta.url);
const {
  isInstalled,
  outdated,
}: {
  isInstalled(lock: Lock, installed: Lock | undefined, withTests: boolean): boolean;
  outdated(state: State): string[];
} = await import(new URL('outdated.mjs', scripts).href);
const {
  acquireLock,
  removeStale,
}: {
  acquireLock(path: string): () => void;
  removeStale(path: string): void;
} = await import(new URL('lock.mjs', scripts).href);

const locked = (version: string, optional = false) => ({ version, integrity: `sha512-${version}`, optional });

describe('isInstalled', () => {
  const lock: Lock = {
    packages: { '': {}, 'node_modules/a': locked('1.0.0'), 'node_modules/b': locked('2.0.0') },
  };

  it('is false in a bare clone', () => {
    assert.equal(isInstalled(lock, undefined, false), false);
  });

  it('is true when every locked package is there', () => {
    const { '': _, ...packages } = lock.packages;
    assert.equal(isInstalled(lock, { packages }, false), true);
  });

  it('is false when the lock file asks for another version than the one installed', () => {
    const packages = { 'node_modules/a': locked('1.0.0'), 'node_modules/b': locked('1.9.0') };
    assert.equal(isInstalled(lock, { packages }, false), false);
  });

  it('is false when the lock file has a package that was not installed', () => {
    assert.equal(isInstalled(lock, { packages: { 'node_modules/a': locked('1.0.0') } }, false), false);
  });

  it('does not ask for optional packages, such as the binaries of other platforms', () => {
    const withOptional = { packages: { ...lock.packages, 'node_modules/c': locked('3.0.0', true) } };
    assert.equal(isInstalled(withOptional, lock, false), true);
  });

  it('asks for packages of tests and benchmarks only where these are to run', () => {
    const withTool = { packages: { ...lock.packages, 'node_modules/d': { ...locked('4.0.0'), dev: true } } };
    assert.equal(isInstalled(withTool, lock, false), true);
    assert.equal(isInstalled(withTool, lock, true), false);
  });
});

describe('outdated', () => {
  const current = {
    installed: true,
    sourcesMs: 100,
    builtMs: 200,
    pageMs: 100,
    pageBuiltMs: 200,
    databaseMs: 200,
  };

  it('finds nothing to do in an up-to-date checkout', () => {
    assert.deepEqual(outdated(current), []);
  });

  it('installs, compiles and builds the page in a bare clone', () => {
    const bare = { installed: false, sourcesMs: 100, pageMs: 100 };
    assert.deepEqual(outdated(bare), ['install', 'build', 'database', 'page']);
  });

  it('compiles again when a source is newer than the build', () => {
    assert.deepEqual(outdated({ ...current, sourcesMs: 201 }), ['build']);
  });

  it('builds only the page again when only the page changed', () => {
    assert.deepEqual(outdated({ ...current, pageMs: 201 }), ['page']);
  });

  it('leaves the page out where the checkout has none', () => {
    assert.deepEqual(outdated({ installed: true, sourcesMs: 100 }), ['build', 'database']);
  });

  it('makes an empty database where there is none', () => {
    assert.deepEqual(outdated({ ...current, databaseMs: undefined }), ['database']);
  });

  it('builds again after an install, since compiler and database may have changed', () => {
    assert.deepEqual(outdated({ ...current, installed: false }), ['install', 'build', 'database', 'page']);
  });
});

describe('acquireLock', () => {
  const withFolder = async (body: (folder: string) => Promise<void>) => {
    const folder = temporaryFolder();
    await body(folder);
  };

  it('lets one process in at a time', () =>
    withFolder(async (folder) => {
      const log = join(folder, 'log');
      const program = `
        import { appendFileSync } from 'node:fs';
        import { acquireLock } from ${JSON.stringify(new URL('lock.mjs', scripts).href)};
        const release = acquireLock(${JSON.stringify(join(folder, 'lock'))});
        appendFileSync(${JSON.stringify(log)}, 'in ');
        setTimeout(() => { appendFileSync(${JSON.stringify(log)}, 'out '); release(); }, 50);`;
      const runs = [1, 2, 3].map(
        () =>
          new Promise((resolve) => {
            spawn(process.execPath, ['--input-type=module', '-e', program]).on('exit', resolve);
          }),
      );
      assert.deepEqual(await Promise.all(runs), [0, 0, 0]);
      assert.equal(readFileSync(log, 'utf8'), 'in out in out in out ');
    }));

  it('takes over from a process that is gone', { timeout: 5000 }, () =>
    withFolder(async (folder) => {
      const dead = spawn(process.execPath, ['-e', '']);
      await new Promise((resolve) => dead.on('exit', resolve));
      const lock = join(folder, 'lock');
      mkdirSync(lock);
      writeFileSync(join(lock, 'pid'), String(dead.pid));
      acquireLock(lock)();
    }),
  );

  it('leaves a lock alone that another process took over after it was found stale', () =>
    withFolder(async (folder) => {
      const lock = join(folder, 'lock');
      const release = acquireLock(lock);
      removeStale(lock);
      assert.deepEqual(readdirSync(folder), ['lock']);
      release();
      removeStale(lock);
      assert.deepEqual(readdirSync(folder), []);
    }));
});
