import { realpath } from 'node:fs/promises';
import { LRUCache } from 'lru-cache';
import type { Prediction } from '../../api/predict.js';
import { InputError } from '../../src/base/errors.js';
import { intervalAt, type Spread } from '../../src/predictors/intervals/interval-model.js';
import type { ModelCard } from '../../src/predictors/saved/card.js';
import { BadModel } from '../../src/predictors/saved/checked-model.js';
import type { SavedPredictor } from '../../src/predictors/saved/saved.js';
import type { Architecture, SearchSpace } from '../../src/spaces/space.js';
import { ApiError } from '../errors.js';
import type { ServiceMetrics } from '../metrics.js';
import { Batcher } from './batcher.js';

/** A version for a process that loads it by itself. */
export interface ModelFiles {
  readonly version: string;
  readonly folder: string;
}

/** One version of one device's predictor as it serves queries: cached, and micro-batched. */
export class DeviceModel {
  private readonly batcher: Batcher;
  /** Architecture as the client wrote it → ms. A new version of the model starts with an empty one. */
  private readonly latencyMs: LRUCache<string, number> | undefined;
  /** Intervals being computed. */
  private readonly spreads = new Set<Promise<unknown>>();

  /**
   * @param folder it was loaded from
   * @param cacheSize architectures whose latency is remembered; 0 for none
   * @param onBad is told when it has answered what no model may
   */
  constructor(
    readonly folder: string,
    private readonly predictor: SavedPredictor,
    cacheSize: number,
    private readonly metrics: ServiceMetrics,
    private readonly onBad: (reason: string) => void = () => {},
  ) {
    this.batcher = new Batcher(predictor, (size) => metrics.batchSize.observe(size));
    if (cacheSize > 0) this.latencyMs = new LRUCache({ max: cacheSize });
  }

  get card(): ModelCard {
    return this.predictor.card;
  }

  get space(): SearchSpace {
    return this.predictor.space;
  }

  /**
   * Where its files are now; what serves the device after it has others.
   *
   * @throws InputError if they are gone
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

  /** Predicts each architecture, or says what is wrong with it. */
  async predict(texts: readonly string[]): Promise<Prediction[]> {
    const modelVersion = this.card.version;
    const predictions = new Array<Prediction>(texts.length);
    const missing: Architecture[] = [];
    const places: number[] = [];
    let errors = 0;
    for (let i = 0; i < texts.length; i++) {
      const architecture = texts[i];
      const latencyMs = this.latencyMs?.get(architecture);
      if (latencyMs !== undefined) {
        predictions[i] = { architecture, latencyMs, modelVersion };
        continue;
      }
      try {
        missing.push(this.space.parse(architecture));
        places.push(i);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        predictions[i] = { architecture, error: error.message };
        errors++;
      }
    }
    if (missing.length > 0) {
      const predicted = await this.checked(this.batcher.predict(missing));
      for (let k = 0; k < places.length; k++) {
        const architecture = texts[places[k]];
        const latencyMs = predicted[k];
        if (!Number.isFinite(latencyMs)) throw this.bad(`it predicts ${latencyMs} ms for ${architecture}`);
        if (latencyMs <= 0) {
          const error = `the model predicts ${latencyMs} ms, which is no latency: it does not know such networks`;
          predictions[places[k]] = { architecture, error };
          continue;
        }
        this.latencyMs?.set(architecture, latencyMs);
        predictions[places[k]] = { architecture, latencyMs, modelVersion };
      }
    }
    this.metrics.predictions.computed += missing.length;
    this.metrics.predictions.cached += texts.length - missing.length - errors;
    this.metrics.predictions.invalid += errors;
    return predictions;
  }

  /** The same, each prediction with its interval, if the model has them. */
  async predictWithIntervals(texts: readonly string[]): Promise<Prediction[]> {
    const { spread } = this.predictor;
    if (!spread) return this.predict(texts);
    // Started before anything is awaited, so that a model which retires meanwhile waits for it.
    const spreading = this.spreadOf(texts, spread);
    this.spreads.add(spreading);
    try {
      const [predictions, spreadAt] = await Promise.all([this.predict(texts), this.checked(spreading)]);
      return predictions.map((prediction, i) =>
        prediction.latencyMs === undefined
          ? prediction
          : { ...prediction, interval: spreadAt(i, prediction.latencyMs) },
      );
    } finally {
      this.spreads.delete(spreading);
    }
  }

  /** Intervals of the architectures that can be read, by their position among all. */
  private async spreadOf(texts: readonly string[], spread: NonNullable<SavedPredictor['spread']>) {
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
    return (i: number, latencyMs: number) => intervalAt(widths, places.get(i)!, latencyMs);
  }

  /** What a run comes to; one with a wrong form is the model's last. */
  private async checked<T>(run: Promise<T>): Promise<T> {
    return run.catch((error) => {
      throw error instanceof BadModel ? this.bad(error.message) : error;
    });
  }

  private bad(reason: string): ApiError {
    this.onBad(reason);
    const message = `the predictor of ${this.card.device} is not served any more: ${reason}`;
    return new ApiError(503, 'bad_model', message);
  }

  /** Frees the model once its last query is answered. */
  async retire(): Promise<void> {
    await this.batcher.idle();
    await Promise.allSettled(this.spreads);
    await this.predictor.release();
  }
}
