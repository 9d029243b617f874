import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type Static, Type } from '#typebox';
import { Check } from '#typebox/schema';
import { quote } from '../base/errors.js';
import type { NetworkProfile } from './network-profile.js';
import { profileOfFile, RunnerNode } from './runner-nodes.js';
import { valuesOf } from './runner-values.js';
import type { LoadedModel, Target, Timing } from './target.js';

export interface CommandTargetOptions {
  /** Run by the shell, with the path of a model as an additional argument. */
  readonly command: string;
  /** Longest time in milliseconds that one call may take. */
  readonly timeoutMs: number;
  /** Further calls if one fails. */
  readonly retries: number;
  /** Ends a running call. */
  readonly signal?: AbortSignal;
  /** Called once with the printed fields that are not a metric with a unit. */
  readonly onLeftOut?: (names: readonly string[]) => void;
}

/** Characters of output that are kept: enough for a line with tens of thousands of runs. */
const LONGEST_ANSWER = 1_000_000;

/** The last line that the command prints. */
const Answer = Type.Object({
  latency_ms: Type.Union([
    Type.Number({ exclusiveMinimum: 0 }),
    Type.Array(Type.Number({ exclusiveMinimum: 0 }), { minItems: 1 }),
  ]),
  nodes: Type.Optional(Type.Array(RunnerNode, { minItems: 1 })),
});
type Answer = Static<typeof Answer>;

/**
 * A board behind a command of the user's. The command copies the ONNX file to the board, runs it there and
 * prints one line of JSON: `{"latency_ms": 1.23}`, or a list of single runs. Other metrics may be added, with
 * their units: `"energy_mj": 4.5`. `TEMPOGRAPH_RUNS` says how many runs are wanted; the command has to warm
 * up by itself. If `TEMPOGRAPH_PROFILE` is 1, it should add the time of each node: `"nodes": [{"name":
 * "conv1", "us": 310}]`.
 */
export function commandTarget(options: CommandTargetOptions): Target {
  let told = false;
  const tell = (leftOut: readonly string[]) => {
    if (leftOut.length > 0 && !told) options.onLeftOut?.(leftOut);
    told ||= leftOut.length > 0;
  };
  const load = async (model: Uint8Array) => {
    const folder = await mkdtemp(join(tmpdir(), 'tempograph-'));
    const path = join(folder, 'network.onnx');
    await writeFile(path, model);
    return { path, release: () => rm(folder, { recursive: true, force: true }) };
  };
  return {
    async load(model: Uint8Array): Promise<LoadedModel> {
      const { path, release } = await load(model);
      const ask = { TEMPOGRAPH_PROFILE: '0' };
      return {
        time: async (runs) =>
          timingOf(
            await retried(options, () => call(options, path, { ...ask, TEMPOGRAPH_RUNS: `${runs}` })),
            tell,
          ),
        release,
      };
    },
    async profile(model: Uint8Array): Promise<NetworkProfile> {
      const { path, release } = await load(model);
      const ask = { TEMPOGRAPH_PROFILE: '1', TEMPOGRAPH_RUNS: '1' };
      const { nodes } = await retried(options, () => call(options, path, ask)).finally(release);
      if (nodes) return profileOfFile(model, nodes);
      throw new Error(
        'the runner prints no nodes: {"latency_ms": 1.23, "nodes": [{"name": "conv1", "us": 310}]}',
      );
    },
  };
}

async function retried(
  { retries, signal }: CommandTargetOptions,
  call: () => Promise<Answer>,
): Promise<Answer> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt === retries || signal?.aborted) throw error;
    }
  }
}

/** @throws Error if the command fails, takes too long, or prints anything else; the signal's reason */
async function call(
  options: CommandTargetOptions,
  path: string,
  asked: Readonly<Record<string, string>>,
): Promise<Answer> {
  const { command, timeoutMs, signal } = options;
  signal?.throwIfAborted();
  const env = { ...process.env, ...asked };
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  const child =
    process.platform === 'win32'
      ? spawn(`${command} "${path}"`, { shell: true, env, stdio })
      : // In its own process group, so that everything the shell started can be ended.
        spawn('/bin/sh', ['-c', `${command} "$1"`, 'sh', path], { detached: true, env, stdio });
  const kill = () => {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else if (child.pid !== undefined) killGroup(child.pid);
    // A process that left the group could keep these open for ever.
    child.stdout.destroy();
    child.stderr.destroy();
  };
  let tookTooLong = false;
  const timer = setTimeout(() => {
    tookTooLong = true;
    kill();
  }, timeoutMs);
  signal?.addEventListener('abort', kill);
  try {
    const ended = once(child, 'close') as Promise<[code: number | null, by: string | null]>;
    const [out, err, [code, by]] = await Promise.all([endOf(child.stdout), endOf(child.stderr), ended]);
    signal?.throwIfAborted();
    if (tookTooLong) throw new Error(`the runner took longer than ${timeoutMs / 1000} s`);
    if (code !== 0) {
      const said = err.trimEnd().split('\n').at(-1);
      throw new Error(`the runner ended with ${by ?? `code ${code}`}${said ? `: ${quote(said, 200)}` : ''}`);
    }
    return answerIn(out);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', kill);
  }
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    // It may just have ended.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The end of a stream's text: the answer is its last line, and a board may print a lot before it. */
function endOf(stream: Readable): Promise<string> {
  let end = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    end = (end + chunk).slice(-LONGEST_ANSWER);
  });
  return new Promise((resolve) => stream.once('close', () => resolve(end)));
}

function answerIn(out: string): Answer {
  const line = out.trimEnd().split('\n').at(-1) ?? '';
  let answer: unknown;
  try {
    answer = JSON.parse(line);
  } catch {
    answer = undefined;
  }
  if (!Check(Answer, answer)) {
    throw new Error(
      `the runner's last line must be {"latency_ms": 1.23} or a list of such numbers, not ${quote(line)}`,
    );
  }
  return answer;
}

function timingOf(answer: Answer, tell: (leftOut: readonly string[]) => void): Timing {
  const { latency_ms: latency } = answer;
  const { values, leftOut } = valuesOf(answer);
  tell(leftOut);
  return {
    runsMs: typeof latency === 'number' ? [latency] : latency,
    ...(Object.keys(values).length > 0 ? { values } : {}),
    warmUps: 0,
    stable: true,
    interrupted: 0,
  };
}
