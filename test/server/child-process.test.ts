import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { LabelTask } from '../../server/jobs/label-task.js';
import { temporaryFolder } from '../temporary-folder.js';

test('a job’s process does nothing if the one that began it ended while it was loaded', async () => {
  const folder = temporaryFolder();
  const task: LabelTask = { analytic: 'fnas:zcu102', space: 'nasbench201', samples: 20, threads: 1 };
  await writeFile(join(folder, 'task.json'), JSON.stringify(task));
  const script = new URL('../../server/jobs/label-process.js', import.meta.url);
  const child = fork(fileURLToPath(script), [folder], { execArgv: [], stdio: 'ignore' });
  child.disconnect();
  assert.deepEqual(await once(child, 'exit'), [1, null]);
  assert.deepEqual(await readdir(folder), ['task.json']);
});
