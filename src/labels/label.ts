import { createHash } from 'node:crypto';
import { InputError } from '../base/errors.js';
import { Random } from '../base/random.js';
import { mapOnThreads } from '../base/thread-pool.js';
import { version } from '../base/version.js';
import type { Board } from '../devices/board/boards.js';
import { analyticDevicesNamed } from '../devices/catalogue.js';
import type { Architecture, SearchSpace } from '../spaces/space.js';
import { LabelJournal } from './journal.js';
import type { LabelChunk, LabelledChunk, LabelWorkerTask } from './worker.js';

/** Networks that a thread labels at a time: the most work that a kill loses per thread. */
const CHUNK = 64;

/** What to label, and on which devices. */
export interface Labelling {
  readonly space: SearchSpace;
  readonly architectures: readonly Architecture[];
  /** Identifiers of analytic devices, or files of calibrated ones. */
  readonly devices: readonly string[];
  /** Boards that the devices may use. */
  readonly boards: readonly Board[];
  readonly threads: number;
  /**
   * Progress is kept beside this file until `discard` is called. The next call with the same task continues
   * from it.
   */
  readonly file: string;
  /** Called with the number of networks done; the first call counts those of earlier runs. */
  readonly onProgress: (done: number, networks: number) => void;
}

export interface Labels {
  /** `[architectures, devices]`; NaN where a network does not fit. */
  readonly latencyMs: Float64Array;
  /** Removes the kept progress. */
  discard(): void;
}

/**
 * Computes latencies of architectures on analytic devices, on worker threads.
 *
 * @returns latencies in ms, `[architectures, devices]`
 * @throws InputError if there is no such device
 */
export async function label(labelling: Labelling): Promise<Labels> {
  const { space, architectures, boards, threads, file, onProgress } = labelling;
  // Devices cannot be passed between threads: each thread makes its own from the names.
  const devices = analyticDevicesNamed(labelling.devices, boards);
  const { networks, indexOf } = distinctNetworks(space, architectures);
  const journal = LabelJournal.open(file, {
    format: 'tempograph-labels/2',
    version,
    space: space.name,
    devices: devices.map(({ id, parameters }) => [id, ...parameters.map(({ value }) => value)]),
    networks: networks.length,
    sha256: hashOf(networks),
  });
  const latencyMs = new Float64Array(networks.length * devices.length);
  try {
    const chunks = chunksOf(networks, space.slots.length);
    const left = chunks.filter(({ chunk }) => {
      const labels = journal.finished.get(chunk);
      if (labels !== undefined) latencyMs.set(labels, chunk * CHUNK * devices.length);
      return labels === undefined;
    });
    let done = chunks.length - left.length;
    const tell = () => onProgress(Math.min(done * CHUNK, networks.length), networks.length);
    tell();
    const module = new URL('./worker.js', import.meta.url);
    const task: LabelWorkerTask = { space: space.name, devices: labelling.devices, boards };
    await mapOnThreads({ module, workerData: task }, left, threads, async (labelled: LabelledChunk) => {
      latencyMs.set(labelled.latencyMs, labelled.chunk * CHUNK * devices.length);
      journal.add(labelled.chunk, labelled.latencyMs);
      done++;
      tell();
    });
  } finally {
    journal.close();
  }
  const ofAll = new Float64Array(architectures.length * devices.length);
  for (const [i, network] of indexOf.entries()) {
    const own = latencyMs.subarray(network * devices.length, (network + 1) * devices.length);
    ofAll.set(own, i * devices.length);
  }
  return { latencyMs: ofAll, discard: () => journal.remove() };
}

/**
 * All architectures of a space, or a sample without repetition.
 *
 * @throws InputError if all are wanted of a space with more than `most`
 */
export function chosenArchitectures(
  space: SearchSpace,
  { samples, seed }: { readonly samples?: number; readonly seed: number },
  most: number,
): Architecture[] {
  if (samples !== undefined && samples < space.size) {
    const random = new Random(seed);
    const drawn = new Map<string, Architecture>();
    while (drawn.size < samples) {
      const architecture = space.sample(random);
      drawn.set(space.format(architecture), architecture);
    }
    return [...drawn.values()];
  }
  if (space.size > most) {
    const size = space.size.toLocaleString('en');
    throw new InputError(`${space.name} has ${size} architectures: say how many samples to draw`);
  }
  return Array.from({ length: Number(space.size) }, (_, index) => space.at(index));
}

/** Architectures that become the same network once dead operations are removed are labelled once. */
function distinctNetworks(
  space: SearchSpace,
  architectures: readonly Architecture[],
): { networks: Architecture[]; indexOf: Uint32Array } {
  const known = new Map<string, number>();
  const networks: Architecture[] = [];
  const indexOf = Uint32Array.from(architectures, (architecture) => {
    const pruned = space.prune(architecture);
    const key = pruned.join();
    let index = known.get(key);
    if (index === undefined) {
      index = networks.length;
      known.set(key, index);
      networks.push(pruned);
    }
    return index;
  });
  return { networks, indexOf };
}

function hashOf(networks: readonly Architecture[]): string {
  const hash = createHash('sha256');
  for (const network of networks) hash.update(Uint8Array.from(network));
  return hash.digest('hex');
}

function chunksOf(networks: readonly Architecture[], slots: number): LabelChunk[] {
  const chunks: LabelChunk[] = [];
  for (let from = 0; from < networks.length; from += CHUNK) {
    const part = networks.slice(from, from + CHUNK);
    const architectures = new Uint8Array(part.length * slots);
    for (const [i, network] of part.entries()) architectures.set(network, i * slots);
    chunks.push({ chunk: from / CHUNK, architectures });
  }
  return chunks;
}
