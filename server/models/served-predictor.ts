import { realpath } from 'node:fs/promises';
import { LRUCache } from 'lru-cache';
import { InputError } from '../../src/base/errors.js';
import { LATENCY, type Metric, metricKey, metrics } from '../../src/metrics/metric.js';
import { BadModel } from '../../src/onnx/run/model-session.js';
import { type Interval, intervalAt, type Spread } from '../../src/predictors/intervals/interval-model.js';
import { probabilityWithin } from '../../src/predictors/intervals/within-limit.js';
import { type ModelCard, targetOf } from '../../src/predictors/saved/card.js';
import type { SavedPredictor } from '../../src/predictors/saved/saved.js';
import type { Architecture, SearchSpace } from '../../src/spaces/space.js';
import { ApiError } from '../http/errors.js';
import type { ServiceMetrics, VersionCount } from '../monitoring/metrics.js';
import { spanned } from '../tracing/span.js';
import { Batcher } from './batcher.js';

/** A version, for another process to load. */
export interface ModelFiles {
  readonly version: string;
  readonly folder: string;
}

/** A model's answer for an architecture: a value in its metric's unit, or what is wrong with the architecture. */
export interface Predicted {
  /** As the client wrote it. */
  readonly architecture: string;
  readonly value?: number;
  readonly modelVersion?: string;
  readonly interval?: Interval;
  /** Probability that a measurement is within the requested limit. */
  readonly withinLimit?: number;
  readonly error?: string;
}

interface Ran {
  readonly predictions: Predicted[];
  /** Number computed by the model; the others come from the cache, or are invalid. */
  readonly computed: number;
  readonly invalid: number;
}

/** Whether a value is possible for a metric: physical metrics are above 0; a user's own may be anything. */
export function mayBe(value: number, { name }: Metric): boolean {
  return Number.isFinite(value) && (value > 0 || !metrics.some((known) => known.name === name));
}

/** One version of a device's predictor of one metric, serving queries with a cache and micro-batching. */
export class ServedPredictor {
  private readonly batcher: Batcher;
  /** Values by architecture, as clients wrote it. A new version of the model starts with an empty cache. */
  private readonly values: LRUCache<string, number> | undefined;
  /** Intervals being computed. */
  private readonly spreads = new Set<Promise<unknown>>();
  private readonly count: VersionCount;

  /**
   * @param folder folder it was loaded from
   * @param cacheSize architectures whose value is cached; 0 for none
   * @param onBad called when the model has given an invalid answer
   */
  constructor(
    readonly folder: string,
    private readonly predictor: SavedPredictor,
    cacheSize: number,
    private readonly metrics: ServiceMetrics,
    private readonly onBad: (reason: string) => void = () => {},
  ) {
    this.batcher = new Batcher(predictor, (size) => metrics.batchSize.observe(size));
    if (cacheSize > 0) this.values = new LRUCache({ max: cacheSize });
    const { device, version } = this.card;
    this.count = metrics.countOf({ device, metric: metricKey(this.metric), version });
  }

  get card(): ModelCard {
    return this.predictor.card;
  }

  get metric(): Metric {
    return targetOf(this.card).metric;
  }

  get isLatency(): boolean {
    return this.metric.name === LATENCY.name;
  }

  get space(): SearchSpace {
    return this.predictor.space;
  }

  /**
   * The current location of its files; a later version has other files.
   *
   * @throws InputError if they are missing
   */
  async files(): Promise<ModelFiles> {
    const { device, version } = this.card;
    try {
      return { version, folder: await realpath(this.folder) };
    } catch (error) {
      throw new InputError(
        `the files of version ${version}, which serves ${device}, cannot be found (${(error as Error).message}); put them back, promote another version, or roll back`,
        { file: this.folder },
      );
    }
  }

  /** Predicts each architecture for a client, or says what is wrong with it. */
  async predict(texts: readonly string[]): Promise<Predicted[]> {
    const { predictions, computed, invalid } = await this.run(texts);
    const { predictions: counts } = this.metrics;
    counts.computed += computed;
    counts.cached += texts.length - computed - invalid;
    counts.invalid += invalid;
    for (const { value } of predictions) if (value !== undefined) this.count.answered++;
    return predictions;
  }

  /** The same for the service itself, without counting in the metrics. */
  async predictUncounted(texts: readonly string[]): Promise<Predicted[]> {
    return (await this.run(texts)).predictions;
  }

  private run(texts: readonly string[]): Promise<Ran> {
    const { device, version } = this.card;
    const attributes = { device, metric: this.metric.name, version, architectures: texts.length };
    return spanned('predict', attributes, () => this.runNow(texts));
  }

  private async runNow(texts: readonly string[]): Promise<Ran> {
    const modelVersion = this.card.version;
    const predictions = new Array<Predicted>(texts.length);
    const missing: Architecture[] = [];
    const places: number[] = [];
    let invalid = 0;
    for (let i = 0; i < texts.length; i++) {
      const architecture = texts[i];
      const value = this.values?.get(architecture);
      if (value !== undefined) {
        predictions[i] = { architecture, value, modelVersion };
        continue;
      }
      try {
        missing.push(this.space.parse(architecture));
        places.push(i);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        predictions[i] = { architecture, error: error.message };
        invalid++;
      }
    }
    if (missing.length > 0) {
      const predicted = await this.checked(this.batcher.predict(missing));
      for (let k = 0; k < places.length; k++) {
        const architecture = texts[places[k]];
        const value = predicted[k];
        if (!Number.isFinite(value)) throw this.bad(`it predicts ${value} for ${architecture}`);
        if (!mayBe(value, this.metric)) {
          const { name, unit } = this.metric;
          const error = `the model predicts ${value} ${unit}, which cannot be a ${name}: the model does not know such networks`;
          predictions[places[k]] = { architecture, error };
          continue;
        }
        this.values?.set(architecture, value);
        predictions[places[k]] = { architecture, value, modelVersion };
      }
    }
    return { predictions, computed: missing.length, invalid };
  }

  /**
   * The same, with intervals if the model has them.
   *
   * @param limit in the metric's unit; predictions then include the probability that a measurement is within it
   */
  async predictWithIntervals(texts: readonly string[], limit?: number): Promise<Predicted[]> {
    const { spread } = this.predictor;
    if (!spread) return this.predict(texts);
    // Started before anything is awaited, so that a retiring model waits for it.
    const spreading = this.spreadOf(texts, spread, limit);
    this.spreads.add(spreading);
    try {
      const [predictions, spreadAt] = await Promise.all([this.predict(texts), this.checked(spreading)]);
      return predictions.map((prediction, i) =>
        prediction.value === undefined ? prediction : { ...prediction, ...spreadAt(i, prediction.value) },
      );
    } finally {
      this.spreads.delete(spreading);
    }
  }

  /** Intervals of the architectures that can be read, by position. */
  private async spreadOf(
    texts: readonly string[],
    spread: NonNullable<SavedPredictor['spread']>,
    limit: number | undefined,
  ) {
    const architectures: Architecture[] = [];
    const places = new Map<number, number>();
    texts.forEach((text, i) => {
      try {
        architectures.push(this.space.parse(text));
        places.set(i, architectures.length - 1);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
      }
    });
    const widths: Spread = await spread(architectures);
    const kept = this.card.interval;
    const { better } = this.metric;
    return (i: number, value: number): Pick<Predicted, 'interval' | 'withinLimit'> => {
      const place = places.get(i)!;
      const interval = intervalAt(widths, place, value);
      if (limit === undefined) return { interval };
      return { interval, withinLimit: probabilityWithin(widths, place, kept, { value, limit, better }) };
    };
  }

  /** The result of a run; after one of the wrong form the model is no longer used. */
  private async checked<T>(run: Promise<T>): Promise<T> {
    return run.catch((error) => {
      throw error instanceof BadModel ? this.bad(error.message) : error;
    });
  }

  private bad(reason: string): ApiError {
    this.onBad(reason);
    const message = `the predictor of ${this.card.device} is no longer served: ${reason}`;
    return new ApiError(503, 'bad_model', message);
  }

  /** Frees the model once its last query is answered. */
  async retire(): Promise<void> {
    await this.batcher.idle();
    await Promise.allSettled(this.spreads);
    await this.predictor.release();
  }
}
