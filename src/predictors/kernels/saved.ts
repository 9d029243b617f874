import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { type Static, Type } from '#typebox';
import { InputError, quote } from '../../base/errors.js';
import { parseJsonFile } from '../../base/json-file.js';
import { readRegularFile } from '../../base/regular-file.js';
import type { TensorGraph } from '../../onnx/read/tensor-graph.js';
import { assertRuntime, lowered } from '../../runtimes/index.js';
import type { Kernel } from '../../runtimes/kernel.js';
import { Cholesky } from '../cholesky.js';
import { KernelsCard } from './card.js';
import { type Familiarity, familiarityOf } from './familiarity.js';
import { KERNELS_FILE } from './kernels-folder.js';
import { KernelsModel, type KernelsPosterior, type NetworkTime } from './kernels-model.js';
import { errorScale } from './left-out-families.js';

const CARD_FILE = 'card.json';

const Logs = Type.Array(Type.Number());

/** `kernels.json`. Lists of numbers are little-endian single precision in base64. */
const SavedPosterior = Type.Object({
  format: Type.Literal('tempograph-kernels/1'),
  rates: Type.Object({
    all: Logs,
    groups: Type.Record(Type.String(), Logs),
    kinds: Type.Record(Type.String(), Logs),
    callUs: Type.Number(),
  }),
  factors: Type.Record(
    Type.String(),
    Type.Object({
      kinds: Type.Array(Type.String(), { description: 'Of each representative' }),
      places: Type.String({ description: '[representative, feature]' }),
      work: Type.String({ description: '[representative, term]' }),
      weights: Type.String({ description: '[representative]' }),
      precision: Type.String({ description: 'Lower triangle of its Cholesky factor, row by row' }),
    }),
  ),
});

const packed = (values: Iterable<number>): string =>
  Buffer.from(Float32Array.from(values).buffer).toString('base64');

function unpacked(text: string): Float64Array {
  const bytes = Buffer.from(text, 'base64');
  return Float64Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => bytes.readFloatLE(4 * i));
}

function asJson({ rates, factors }: KernelsPosterior): Static<typeof SavedPosterior> {
  return {
    format: 'tempograph-kernels/1',
    rates: {
      all: [...rates.all],
      groups: Object.fromEntries([...rates.groups].map(([name, logs]) => [name, [...logs]])),
      kinds: Object.fromEntries([...rates.kinds].map(([name, logs]) => [name, [...logs]])),
      callUs: rates.callUs,
    },
    factors: Object.fromEntries(
      [...factors].map(([group, { representatives, weights, precision }]) => [
        group,
        {
          kinds: representatives.map(({ kind }) => kind),
          places: packed(representatives.flatMap(({ place }) => [...place])),
          work: packed(representatives.flatMap(({ work }) => [...work])),
          weights: packed(weights),
          precision: packed(
            Array.from({ length: precision.size }, (_, i) => [
              ...precision.lower.subarray(i * precision.size, i * precision.size + i + 1),
            ]).flat(),
          ),
        },
      ]),
    ),
  };
}

/** @throws InputError that names a list of the wrong length, or with anything but numbers in it */
function fromJson({ rates, factors }: Static<typeof SavedPosterior>, file: string): KernelsPosterior {
  return {
    rates: {
      ...rates,
      groups: new Map(Object.entries(rates.groups)),
      kinds: new Map(Object.entries(rates.kinds)),
    },
    factors: new Map(
      Object.entries(factors).map(([group, { kinds, places, work, weights, precision }]) => {
        const size = kinds.length;
        const lists = { places, work, weights, precision };
        const read = (name: keyof typeof lists, count?: number): Float64Array => {
          const values = unpacked(lists[name]);
          const isWhole = count === undefined ? values.length % size === 0 : values.length === count;
          if (isWhole && size > 0 && values.every(Number.isFinite)) return values;
          const message = `${quote(group)} does not have as many finite numbers in ${name} as its ${size} kinds need`;
          throw new InputError(message, { file, field: `/factors/${group}/${name}` });
        };
        const [allPlaces, allWork] = [read('places'), read('work')];
        const triangle = read('precision', (size * (size + 1)) / 2);
        const row = (all: Float64Array, i: number) =>
          all.slice((i * all.length) / size, ((i + 1) * all.length) / size);
        const lower = new Float64Array(size * size);
        for (let i = 0; i < size; i++) {
          const at = (i * (i + 1)) / 2;
          lower.set(triangle.subarray(at, at + i + 1), i * size);
        }
        return [
          group,
          {
            representatives: kinds.map((kind, i) => ({
              kind,
              place: row(allPlaces, i),
              work: row(allWork, i),
            })),
            weights: read('weights', size),
            precision: Cholesky.ofLower(lower, size),
          },
        ];
      }),
    ),
  };
}

/**
 * Writes a kernel predictor into its folder.
 *
 * @returns its version
 */
export async function saveKernels(
  folder: string,
  posterior: KernelsPosterior,
  card: Omit<KernelsCard, 'version'>,
): Promise<KernelsCard> {
  await mkdir(folder, { recursive: true });
  const text = `${JSON.stringify(asJson(posterior))}\n`;
  const complete = { ...card, version: versionOf(text) };
  await writeFileAtomic(join(folder, KERNELS_FILE), text);
  await writeFileAtomic(join(folder, CARD_FILE), `${JSON.stringify(complete, null, 2)}\n`);
  return complete;
}

const versionOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** A network's latency on a device, kernel by kernel. */
export interface NetworkPrediction extends NetworkTime {
  readonly latencyMs: number;
  /** Absent if too few families were measured to calibrate it. */
  readonly interval?: { readonly lowMs: number; readonly highMs: number };
  readonly familiarity: Familiarity;
}

/** Predicts networks from their graphs, without running any of them. */
export class SavedKernels {
  private readonly model: KernelsModel;
  private readonly kinds: ReadonlyMap<string, number>;

  constructor(
    readonly card: KernelsCard,
    readonly posterior: KernelsPosterior,
  ) {
    this.model = new KernelsModel(posterior);
    this.kinds = new Map(Object.entries(card.kinds));
  }

  /** @throws InputError if the card names an unknown runtime */
  predict(graph: TensorGraph): NetworkPrediction {
    return this.predictKernels(lowered(graph, this.card).map(({ kernel }) => kernel));
  }

  /** @throws InputError if the result is not a valid time */
  predictKernels(kernels: readonly Kernel[]): NetworkPrediction {
    const time = this.model.predict(kernels);
    const latencyMs = time.totalUs / 1000;
    if (!(latencyMs > 0 && Number.isFinite(latencyMs + errorScale(time)))) {
      throw new InputError(`the predictor of ${this.card.device} says ${latencyMs} ms, which is not a time`);
    }
    const { least, greatest } = this.card.latencyMs;
    const evidence = { kinds: this.kinds, rangeUs: [1000 * least, 1000 * greatest] as const };
    const familiarity = familiarityOf(evidence, time);
    const { interval } = this.card;
    const multiple = familiarity.familiar ? interval?.multiple : interval?.unfamiliarMultiple;
    const spread = multiple && Math.exp(multiple * errorScale(time));
    return {
      ...time,
      latencyMs,
      ...(spread && { interval: { lowMs: latencyMs / spread, highMs: latencyMs * spread } }),
      familiarity,
    };
  }

  /** Half-width of a kernel's interval as a factor of its time. */
  kernelSpread(logStd: number): number {
    return Math.exp((this.card.interval?.multiple ?? NORMAL_90) * logStd);
  }
}

/** Number of standard deviations within which 90 % of a normal distribution lie. */
const NORMAL_90 = 1.645;

/**
 * Loads a kernel predictor.
 *
 * @throws InputError if a file is missing or malformed, or the kernels are not those that the card describes
 */
export async function loadKernels(folder: string): Promise<SavedKernels> {
  const { card, file, text } = await readKernels(folder);
  return new SavedKernels(card, fromJson(parseJsonFile(SavedPosterior, text, file), file));
}

/**
 * The card of a kernel predictor.
 *
 * @throws InputError as `loadKernels` does, except for the content of the kernels
 */
export async function readKernelsCard(folder: string): Promise<KernelsCard> {
  return (await readKernels(folder)).card;
}

async function readKernels(folder: string): Promise<{ card: KernelsCard; file: string; text: string }> {
  const read = async (name: string) => {
    const file = join(folder, name);
    const text = await readRegularFile(file).catch((error: Error) => {
      throw error instanceof InputError
        ? error
        : new InputError(`cannot be read: ${error.message}`, { file });
    });
    return { file, text: text.toString('utf8') };
  };
  const { file: cardFile, text: cardText } = await read(CARD_FILE);
  const card = parseJsonFile(KernelsCard, cardText, cardFile);
  assertRuntime(card);
  const { file, text } = await read(KERNELS_FILE);
  if (versionOf(text) !== card.version) {
    throw new InputError(`its hash is ${versionOf(text)}, but its card describes ${card.version}`, { file });
  }
  return { card, file, text };
}
