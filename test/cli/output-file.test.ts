import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { prepareDataset, prepareFolder, prepareOutput } from '../../cli/output-file.js';
import { temporaryFolder } from '../temporary-folder.js';

describe('what is to be written is looked at before the work', () => {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder, name);
  before(() => {
    mkdirSync(at('folder.csv'));
    writeFileSync(at('file.csv'), '');
  });

  const refused = (problem: RegExp) => (error: Error) => {
    assert.equal(error.name, 'InputError');
    assert.match(error.message, /option --out: /);
    assert.match(error.message, problem);
    return true;
  };

  test('its folder is made, and what is there already may be replaced', async () => {
    await prepareOutput(at('new/plot.svg'), '--out');
    assert.ok(existsSync(at('new')));
    await prepareDataset(at('newer/data.csv'), '--out');
    assert.ok(existsSync(at('newer')));
    await prepareDataset(at('file.csv'), '--out');
    await prepareFolder(at('model'), '--out');
    assert.ok(existsSync(at('model')));
    assert.ok(!existsSync(at('new/plot.svg')));
  });

  test('a folder is no file, and a file no folder', async () => {
    await assert.rejects(prepareOutput(at('folder.csv'), '--out'), refused(/this is a folder, not a file/));
    await assert.rejects(prepareDataset(at('folder.csv'), '--out'), refused(/this is not a regular file/));
    await assert.rejects(prepareOutput('', '--out'), refused(/the name of the file is empty/));
    await assert.rejects(prepareFolder(at('file.csv'), '--out'), refused(/cannot be made: EEXIST/));
    await assert.rejects(prepareOutput(at('file.csv/plot.svg'), '--out'), refused(/cannot be made/));
  });

  test('a dataset is a CSV by its name', async () => {
    await assert.rejects(prepareDataset(at('data.txt'), '--out'), /must end in \.csv or \.csv\.gz/);
  });

  test('a pipe is written into, which a dataset is not, and a socket by nobody', {
    skip: process.platform === 'win32',
  }, async (t) => {
    execFileSync('mkfifo', [at('pipe.csv')]);
    await prepareOutput(at('pipe.csv'), '--out');
    await prepareOutput('/dev/null', '--out');
    await assert.rejects(prepareDataset(at('pipe.csv'), '--out'), refused(/not a regular file/));
    const server = createServer().listen(at('socket'));
    t.after(() => server.close());
    await once(server, 'listening');
    await assert.rejects(prepareOutput(at('socket'), '--out'), refused(/this is a socket, not a file/));
  });

  test('nothing can be written where the file system is read-only', async (t) => {
    const disk = at('disk');
    mkdirSync(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro,size=64k', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      return t.skip('no file system may be mounted here');
    }
    t.after(() => execFileSync('umount', ['--lazy', disk]));
    for (const prepare of [prepareOutput, prepareDataset]) {
      await assert.rejects(prepare(join(disk, 'new.csv'), '--out'), refused(/its folder is not writable/));
    }
    await assert.rejects(prepareFolder(disk, '--out'), refused(/its folder is not writable: EROFS/));
    await assert.rejects(prepareFolder(join(disk, 'model'), '--out'), refused(/cannot be made/));
  });
});
