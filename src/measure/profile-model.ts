import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mean } from 'simple-statistics';
import * as ort from '../base/onnxruntime.js';
import { profiledNodes } from '../runtimes/onnxruntime/profile.js';
import { randomFeeds } from './feeds.js';
import { type NetworkProfile, nodeProfile } from './network-profile.js';

/** Runs that warm up a profiled session, and runs that count. */
const WARM_UPS = 3;
const RUNS = 30;

/**
 * The time of each node of a model, by onnxruntime's profiler in a separate session: the mean of the shorter
 * half of the node's runs, because the profiler counts whole microseconds and other processes only lengthen
 * runs.
 *
 * @param options of the session, as when the model was timed
 * @throws Error if the model cannot be run
 */
export async function profileModel(
  model: Uint8Array,
  threads: number,
  options: ort.InferenceSession.SessionOptions,
): Promise<NetworkProfile> {
  const folder = await mkdtemp(join(tmpdir(), 'tempograph-'));
  try {
    const optimisedModelFile = join(folder, 'optimised.onnx');
    const session = await ort.openSession(model, threads, {
      ...options,
      enableProfiling: true,
      profileFilePrefix: join(folder, 'profile'),
      optimizedModelFilePath: optimisedModelFile,
    });
    const feeds = randomFeeds(session);
    for (let run = 0; run < WARM_UPS + RUNS; run++) await session.run(feeds);
    session.endProfiling();
    await session.release();
    const profile = (await readdir(folder)).find((name) => name.startsWith('profile'));
    const text = await readFile(join(folder, profile as string), 'utf8');
    const nodes = profiledNodes(await readFile(optimisedModelFile), text);
    return { nodes: nodes.map(({ node, us }) => nodeProfile(node, shorterUs(us.slice(WARM_UPS)))) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Mean of the shorter half. */
function shorterUs(us: readonly number[]): number {
  const shorter = us.toSorted((a, b) => a - b).slice(0, Math.ceil(us.length / 2));
  return Math.round(100 * mean(shorter)) / 100;
}
