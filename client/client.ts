import { follow } from './follow.js';
import { type ClientOptions, Transport } from './transport.js';
import type * as api from './types.js';

/** Options of every call: a signal that ends it. */
interface CallOptions {
  readonly signal?: AbortSignal;
}

/** Selects a metric of a device, such as `energy`; without one latency, in the form of version 0.1. */
interface MetricOptions extends CallOptions {
  readonly metric?: string;
}

const deviceUrl = (device: string) => `/v1/devices/${encodeURIComponent(device)}`;
const searchUrl = (id: string) => `/v1/searches/${encodeURIComponent(id)}`;
const compressionUrl = (id: string) => `/v1/compressions/${encodeURIComponent(id)}`;
const jobUrl = (id: string) => `/v1/jobs/${encodeURIComponent(id)}`;

/**
 * The routes of a tempograph service, typed by its own schemas. Requests are repeated if the service was too busy (429,
 * 503), and those that are safe to repeat also if there was no answer. Every method throws a `TempographError` on failure.
 */
export class TempographClient {
  private readonly transport: Transport;

  constructor(options: ClientOptions = {}) {
    this.transport = new Transport(options);
  }

  /** Predicts architectures on one or several devices: latencies in milliseconds, or the metric named, in its unit. */
  predict(body: api.PredictBody, options?: CallOptions): Promise<api.PredictAnswer> {
    return this.post('/v1/predict', body, true, options);
  }

  /** Finds architectures that meet a limit with some probability, among those given or in the whole space. */
  meets(body: api.MeetsBody, options?: CallOptions): Promise<api.MeetsAnswer> {
    return this.post('/v1/meets', body, true, options);
  }

  /** Devices with a trained predictor. */
  async devices(options?: CallOptions): Promise<api.Device[]> {
    return (await this.get<{ devices: api.Device[] }>('/v1/devices', undefined, options)).devices;
  }

  /** All predictors that serve, of every metric. */
  async predictors(options?: CallOptions): Promise<api.PredictorSummary[]> {
    const answer = this.get<{ predictors: api.PredictorSummary[] }>('/v1/predictors', undefined, options);
    return (await answer).predictors;
  }

  /** A predictor's whole card. */
  device(device: string, { metric, ...options }: MetricOptions = {}): Promise<api.ModelCard> {
    return this.get(deviceUrl(device), { metric }, options);
  }

  /** Search spaces: built-in ones, and those declared by files. */
  async spaces(options?: CallOptions): Promise<api.SpacesAnswer['spaces']> {
    return (await this.get<api.SpacesAnswer>('/v1/spaces', undefined, options)).spaces;
  }

  /** Uploads a search space, or a new version of one: the content of its file. */
  uploadSpace(file: api.SpaceFile, options?: CallOptions): Promise<api.Space> {
    return this.post('/v1/spaces', file, true, options);
  }

  /** Removes an uploaded space, or one version of it; refused with 409 while the space is in use. */
  removeSpace(
    name: string,
    { version, ...options }: CallOptions & { readonly version?: string } = {},
  ): Promise<api.SpaceRemoved> {
    const ofVersion = version === undefined ? '' : `/versions/${encodeURIComponent(version)}`;
    const path = `/v1/spaces/${encodeURIComponent(name)}${ofVersion}`;
    return this.transport.json(path, { method: 'DELETE', ...options });
  }

  space(name: string, options?: CallOptions): Promise<api.Space> {
    return this.get(`/v1/spaces/${encodeURIComponent(name)}`, undefined, options);
  }

  /** Uploads measurements: either all or none are kept, once per key. */
  upload(device: string, body: api.UploadBody, options?: CallOptions): Promise<api.UploadAnswer> {
    return this.post(`${deviceUrl(device)}/measurements`, body, true, options);
  }

  /** All measurements of a device's metric in the order of their upload, fetched page by page. */
  async *measurements(
    device: string,
    { pageSize = 1000, metric, ...options }: MetricOptions & { readonly pageSize?: number } = {},
  ): AsyncGenerator<api.MeasurementsAnswer['measurements'][number]> {
    for (let after: number | null = 0; after !== null; ) {
      const query = { metric, after, limit: pageSize };
      const path = `${deviceUrl(device)}/measurements`;
      const page: api.MeasurementsAnswer = await this.get(path, query, options);
      yield* page.measurements;
      after = page.next;
    }
  }

  /** Latency of any network on a device with learned kernels, kernel by kernel. */
  predictNetwork(body: api.NetworkPredictBody, options?: CallOptions): Promise<api.NetworkPredictAnswer> {
    return this.post('/v1/networks/predict', body, true, options);
  }

  /** Devices that answer for any ONNX file. */
  async networkDevices(options?: CallOptions): Promise<api.KernelsDevicesAnswer['devices']> {
    return (await this.get<api.KernelsDevicesAnswer>('/v1/networks/devices', undefined, options)).devices;
  }

  /** Emulators of simulators. */
  async emulators(options?: CallOptions): Promise<api.EmulatorsAnswer['emulators']> {
    return (await this.get<api.EmulatorsAnswer>('/v1/emulators', undefined, options)).emulators;
  }

  /** What a simulator would answer, according to its emulator. */
  emulate(emulator: string, body: api.EmulateBody, options?: CallOptions): Promise<api.EmulateAnswer> {
    return this.post(`/v1/emulators/${encodeURIComponent(emulator)}/predict`, body, true, options);
  }

  /** Queues the learning of an emulator. */
  trainEmulator(body: api.EmulatorRequest, options?: CallOptions): Promise<api.Job> {
    return this.post('/v1/emulators', body, false, options);
  }

  /** Compressions of models, finished or in progress. */
  async compressions(options?: CallOptions): Promise<api.CompressionsAnswer['compressions']> {
    return (await this.get<api.CompressionsAnswer>('/v1/compressions', undefined, options)).compressions;
  }

  /** Queues the choice of ranks for the matrices of an ONNX file, or of an included model. */
  compress(body: api.CompressionBody, options?: CallOptions): Promise<api.Job> {
    return this.post('/v1/compressions', body, false, options);
  }

  /** The ranks chosen by a job, and all that it evaluated. */
  compression(id: string, options?: CallOptions): Promise<api.CompressionAnswer> {
    return this.get(compressionUrl(id), undefined, options);
  }

  /** The smaller model as an ONNX file. */
  async compressedModel(id: string, options?: CallOptions): Promise<Uint8Array> {
    const answer = await this.transport.answer(`${compressionUrl(id)}/model`, {
      repeatable: true,
      ...options,
    });
    return new Uint8Array(await answer.arrayBuffer());
  }

  drift(device: string, { metric, ...options }: MetricOptions = {}): Promise<api.DriftAnswer> {
    return this.get(`${deviceUrl(device)}/drift`, { metric }, options);
  }

  /** A prediction kept by `track`, and its later measurement. */
  prediction(id: string, options?: CallOptions): Promise<api.Followed> {
    return this.get(`/v1/predictions/${encodeURIComponent(id)}`, undefined, options);
  }

  /** How kept predictions agree with later measurements, by version and over time. */
  production(device: string, { metric, ...options }: MetricOptions = {}): Promise<api.ProductionAnswer> {
    return this.get(`${deviceUrl(device)}/production`, { metric }, options);
  }

  /** Queues the training of the next version of a device's predictor. */
  train(device: string, body: api.TrainRequest = {}, options?: CallOptions): Promise<api.Job> {
    return this.post(`${deviceUrl(device)}/train`, body, false, options);
  }

  /** Queues the labelling of networks by an analytic device, as measurements of a device. */
  label(device: string, body: api.LabelRequest, options?: CallOptions): Promise<api.Job> {
    return this.post(`${deviceUrl(device)}/label`, body, false, options);
  }

  /** Queues a comparison of predictors on a device's measurements. */
  evaluate(device: string, body: api.EvaluateRequest = {}, options?: CallOptions): Promise<api.Job> {
    return this.post(`${deviceUrl(device)}/evaluate`, body, false, options);
  }

  versions(device: string, { metric, ...options }: MetricOptions = {}): Promise<api.VersionsAnswer> {
    return this.get(`${deviceUrl(device)}/versions`, { metric }, options);
  }

  promote(
    device: string,
    version: string,
    { metric, ...options }: MetricOptions = {},
  ): Promise<api.VersionsAnswer> {
    return this.post(`${deviceUrl(device)}/promote`, { version, metric }, false, options);
  }

  /** @param version by default the one that served before the last promotion */
  rollback(
    device: string,
    version?: string,
    { metric, ...options }: MetricOptions = {},
  ): Promise<api.VersionsAnswer> {
    return this.post(`${deviceUrl(device)}/rollback`, { version, metric }, false, options);
  }

  async jobs(query: api.JobsQuery = {}, options?: CallOptions): Promise<api.Job[]> {
    return (await this.get<{ jobs: api.Job[] }>('/v1/jobs', query, options)).jobs;
  }

  job(id: string, options?: CallOptions): Promise<api.Job> {
    return this.get(jobUrl(id), undefined, options);
  }

  cancelJob(id: string, options: CallOptions = {}): Promise<api.Job> {
    return this.transport.json(jobUrl(id), { method: 'DELETE', repeatable: true, ...options });
  }

  /** The job whenever it changes, until it is over; reconnects if the connection breaks. */
  followJob(id: string, options: CallOptions = {}): AsyncGenerator<api.Job> {
    return follow(this.transport, 'job', jobUrl(id), options);
  }

  /** Starts a search for the best network. */
  startSearch(body: api.SearchBody, options?: CallOptions): Promise<api.Search> {
    return this.post('/v1/searches', body, false, options);
  }

  async searches(options?: CallOptions): Promise<api.SearchSummary[]> {
    return (await this.get<{ searches: api.SearchSummary[] }>('/v1/searches', undefined, options)).searches;
  }

  search(id: string, options?: CallOptions): Promise<api.Search> {
    return this.get(searchUrl(id), undefined, options);
  }

  /** The search whenever it changes, until it is over. */
  followSearch(id: string, options: CallOptions = {}): AsyncGenerator<api.Search> {
    return follow(this.transport, 'search', searchUrl(id), options);
  }

  /** Gives a search more networks to train; one that is over is resumed. */
  extendSearch(id: string, budget: number, options?: CallOptions): Promise<api.Search> {
    return this.post(`${searchUrl(id)}/extend`, { budget }, false, options);
  }

  cancelSearch(id: string, options?: CallOptions): Promise<api.Search> {
    return this.post(`${searchUrl(id)}/cancel`, undefined, true, options);
  }

  /** Borrows the next networks to train; if the answer is lost, they are offered again after their lease. */
  ask(search: string, body: api.AskBody, options?: CallOptions): Promise<api.AskAnswer> {
    return this.post(`${searchUrl(search)}/ask`, body, true, options);
  }

  /** Reports results of borrowed networks; of several results for one network, the first counts. */
  tell(search: string, body: api.TellBody, options?: CallOptions): Promise<api.TellAnswer> {
    return this.post(`${searchUrl(search)}/tell`, body, true, options);
  }

  /** Queues networks to measure on a device. */
  queueCandidates(
    device: string,
    body: api.CandidatesBody,
    options?: CallOptions,
  ): Promise<api.CandidatesAnswer> {
    return this.post(`${deviceUrl(device)}/candidates`, body, true, options);
  }

  candidates(device: string, options?: CallOptions): Promise<api.CandidateCounts> {
    return this.get(`${deviceUrl(device)}/candidates`, undefined, options);
  }

  /** A candidate, and its measurements. */
  candidate(device: string, candidate: string, options?: CallOptions): Promise<api.CandidateAnswer> {
    return this.get(`${deviceUrl(device)}/candidates/${encodeURIComponent(candidate)}`, undefined, options);
  }

  /** Borrows the next networks to measure; if the answer is lost, they are offered again after their lease. */
  claimCandidates(device: string, body: api.ClaimBody, options?: CallOptions): Promise<api.ClaimAnswer> {
    return this.post(`${deviceUrl(device)}/candidates/claim`, body, true, options);
  }

  /** Reports that a borrowed network could not be measured; a repeated report is refused with 404 or 409. */
  failCandidate(
    device: string,
    candidate: string,
    body: { readonly worker: string; readonly reason: string },
    options?: CallOptions,
  ): Promise<api.FailureAnswer> {
    const path = `${deviceUrl(device)}/candidates/${encodeURIComponent(candidate)}/failure`;
    return this.post(path, body, true, options);
  }

  async keys(options?: CallOptions): Promise<api.Key[]> {
    return (await this.get<{ keys: api.Key[] }>('/v1/keys', undefined, options)).keys;
  }

  /** Creates an API key; the answer is the only time `key` is shown. */
  addKey(body: api.KeyBody, options?: CallOptions): Promise<api.NewKey> {
    return this.post('/v1/keys', body, false, options);
  }

  removeKey(id: string, options: CallOptions = {}): Promise<api.Key> {
    return this.transport.json(`/v1/keys/${encodeURIComponent(id)}`, { method: 'DELETE', ...options });
  }

  /** Requested changes, the latest first. */
  audit(query: api.AuditQuery = {}, options?: CallOptions): Promise<api.AuditAnswer> {
    return this.get('/v1/audit', query, options);
  }

  private get<Answer>(path: string, query?: object, options?: CallOptions): Promise<Answer> {
    return this.transport.json(path, { query, repeatable: true, ...options });
  }

  private post<Answer>(
    path: string,
    body: unknown,
    repeatable: boolean,
    options?: CallOptions,
  ): Promise<Answer> {
    return this.transport.json(path, { method: 'POST', body, repeatable, ...options });
  }
}
