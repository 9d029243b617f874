import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FolderTaken, lockFolder, mustBeFree } from '../../server/store/folder-lock.js';
import { Store } from '../../server/store/store.js';
import { packageRoot } from '../../src/base/package-root.js';
import { temporaryFolder } from '../temporary-folder.js';

const HOLDER = `
  import { lockFolder } from './dist/server/store/folder-lock.js';
  await lockFolder(process.argv[1]);
  console.log('locked');
  setInterval(() => {}, 1000);`;

const skip = process.platform === 'win32';

describe('the lock of a data folder', { skip }, () => {
  let folder: string;
  before(async () => {
    folder = temporaryFolder();
  });
  // What an assertion cuts short may not keep the tests from ending.
  const children: ChildProcess[] = [];
  after(async () => {
    for (const child of children) child.kill('SIGKILL');
  });

  const isTaken = (error: Error) => error instanceof FolderTaken;
  /** A process that has a folder, run by other commands. */
  async function holder(data: string, ...by: string[]) {
    const [command, ...args] = [...by, process.execPath, '--input-type=module', '--eval', HOLDER, data];
    const child = spawn(command, args, { cwd: packageRoot, stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    await Promise.race([
      once(child.stdout, 'data'),
      once(child, 'exit').then(() => Promise.reject(new Error('it has ended'))),
    ]);
    return child;
  }

  test('is one process’s at a time, and is left when that one is killed', async () => {
    // Longer than the path of a socket may be.
    const data = join(folder, 'a'.repeat(120));
    await mkdir(data);
    const child = await holder(data);
    await assert.rejects(mustBeFree(data), isTaken);
    await assert.rejects(lockFolder(data), /another process has the store in .* open/);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const lock = await lockFolder(data);
    await assert.rejects(lockFolder(data), isTaken);
    await lock.release();
    assert.deepEqual(await readdir(data), []);
  });

  test('is seen from another network namespace', async (t) => {
    try {
      execFileSync('unshare', ['--net', 'true'], { stdio: 'ignore' });
    } catch {
      return t.skip('no namespace may be made here');
    }
    const data = join(folder, 'namespaces');
    await mkdir(data);
    const child = await holder(data, 'unshare', '--net');
    await assert.rejects(lockFolder(data), isTaken);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await (await lockFolder(data)).release();
  });

  test('of another machine counts while it is signed, whatever time its clock has', async (t) => {
    for (const [name, aheadMs] of [
      ['behind', -3_600_000],
      ['ahead', 3_600_000],
    ] as const) {
      const data = join(folder, `machines-${name}`);
      await mkdir(data);
      const file = join(data, 'lock.another-machine');
      await writeFile(file, '');
      const sign = () => utimes(file, new Date(), new Date(Date.now() + aheadMs));
      const signing = setInterval(sign, 500);
      t.after(() => clearInterval(signing));
      await assert.rejects(lockFolder(data), /another process of another machine/, name);
      clearInterval(signing);
      await (await lockFolder(data)).release();
      assert.deepEqual(await readdir(data), [], name);
    }
  });

  test('of many that find a dead one, one gets it', async () => {
    const data = join(folder, 'many');
    await mkdir(data);
    const child = await holder(data);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const tried = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(data)));
    const got = tried.filter((each) => each.status === 'fulfilled');
    assert.equal(got.length, 1, JSON.stringify(tried));
    await got[0].value.release();
  });

  test('is waited for by a service that came second, which opens its store when the other has ended', async (t) => {
    const data = join(folder, 'second');
    await mkdir(data);
    const lock = await lockFolder(data);
    const store = new Store({ folder: data, onProblem: () => {} });
    t.after(() => store.close());
    store.open();
    await assert.rejects(store.ready(), /another process has the store in .* open/);
    await lock.release();
    for (const deadline = performance.now() + 60_000; store.state.state !== 'ready'; await sleep(100)) {
      assert.ok(performance.now() < deadline, JSON.stringify(store.state));
    }
  });

  test('has a second `serve` refused at once, with the reason', async () => {
    const data = join(folder, 'serve');
    await mkdir(data);
    const lock = await lockFolder(data);
    const args = [join(packageRoot, 'scripts/tempograph.mjs'), 'serve', '--port', '0', '--data', data];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    assert.notEqual(code, 0);
    assert.match(said, /another process has the store in .* open; stop it first/);
    await lock.release();
  });
});
