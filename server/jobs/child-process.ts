import { fork } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { InputError } from '../../src/base/errors.js';
import { lowerPriority } from '../../src/base/lower-priority.js';
import { DiskFull, diskFullOr } from '../store/disk-space.js';

/** Name of the task's file in the job's folder. */
const TASK_FILE = 'task.json';

/** A message of a child process about its work. */
type Message<Progress, Result> =
  | { readonly progress: Progress }
  | { readonly done: Result }
  /** Another attempt would do no better. */
  | { readonly refused: string }
  /** The same, but because the work itself failed, for example on a singular matrix. */
  | { readonly failed: string };

/** The work itself failed, and another attempt would fail too. */
export class WorkFailed extends Error {
  override readonly name = 'WorkFailed';
}

/** Reports progress; resolves when the report has been sent. */
export type Say<Progress> = (progress: Progress) => Promise<void>;

/**
 * Does the work of a child process on its task, then ends the process; it also ends with its parent. The folder is for
 * its files.
 */
export async function asChild<Task, Progress, Result>(
  work: (task: Task, folder: string, say: Say<Progress>) => Promise<Result>,
): Promise<never> {
  const [folder] = process.argv.slice(2);
  process.once('disconnect', () => process.exit(1));
  // The parent may have ended while the modules were loading.
  if (!process.connected) process.exit(1);
  const send = (message: Message<Progress, Result>): Promise<void> =>
    new Promise((resolve, reject) =>
      process.send!(message, (error: Error | null) => (error ? reject(error) : resolve())),
    );
  try {
    const task = JSON.parse(await readFile(join(folder, TASK_FILE), 'utf8')) as Task;
    await send({ done: await work(task, folder, (progress) => send({ progress })) });
  } catch (error) {
    const known = diskFullOr(error, folder);
    if (known instanceof InputError || known instanceof DiskFull) await send({ refused: known.message });
    else if (isOfTheMachine(error as NodeJS.ErrnoException)) throw error;
    else await send({ failed: (error as Error).message });
  }
  process.exit(0);
}

/** Whether another attempt may succeed: files, processes or memory were not available. */
function isOfTheMachine({ errno, code, message }: NodeJS.ErrnoException): boolean {
  return errno !== undefined || code === 'ERR_WORKER_OUT_OF_MEMORY' || /alloc|out of memory/i.test(message);
}

/**
 * Runs a script in a process of its own, at a low priority and without the store's address, so that the service keeps
 * answering.
 *
 * @param task its task, passed as JSON
 * @param folder for its files; created if needed
 * @param onProgress called with its reports, in order
 * @returns its result
 * @throws InputError if it refuses the task; WorkFailed if the work fails; Error if it ends without a result
 */
export async function runInProcess<Task, Progress, Result>(
  script: string,
  task: Task,
  folder: string,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<Result> {
  await mkdir(folder, { recursive: true });
  await writeFileAtomic(join(folder, TASK_FILE), JSON.stringify(task));
  const { DATABASE_URL: _secret, ...env } = process.env;
  const child = fork(script, [folder], { env, execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const kill = () => child.kill('SIGKILL');
  signal.addEventListener('abort', kill);
  if (signal.aborted) kill();
  let complaint = '';
  child.stderr!.on('data', (text) => {
    complaint = (complaint + text).slice(-2000);
  });
  try {
    return await new Promise((resolve, reject) => {
      let end: (() => void) | undefined;
      child.on('message', (message: Message<Progress, Result>) => {
        if ('progress' in message) onProgress(message.progress);
        else if ('done' in message) end = () => resolve(message.done);
        else if ('refused' in message) end = () => reject(new InputError(message.refused));
        else end = () => reject(new WorkFailed(message.failed));
      });
      child.on('error', reject);
      child.on('close', (code, by) => {
        if (end) end();
        else reject(new Error(`the job's process ended (${causeOf(code, by)}) ${complaint}`.trim()));
      });
      if (child.pid !== undefined) lowerPriority(child.pid);
    });
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

/** When memory runs out, the system ends processes with SIGKILL, and V8 with SIGABRT. */
function causeOf(code: number | null, by: NodeJS.Signals | null): string {
  if (by === 'SIGKILL' || by === 'SIGABRT') return `${by}, perhaps for lack of memory`;
  return by ?? `exit code ${code}`;
}
