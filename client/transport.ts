import { TempographError } from './error.js';

export interface ClientOptions {
  /** Of the service; `http://localhost:8080` by default. */
  readonly url?: string;
  /** API key, where the service requires one. */
  readonly key?: string;
  /** How often a request is sent again at most that the service was too busy for, or did not answer; 4 by default. */
  readonly retries?: number;
  /** Wait before the first of them, ms; each further wait is twice as long. 250 by default. */
  readonly firstWaitMs?: number;
  /** How long an answer may take, ms; 60,000 by default. */
  readonly timeoutMs?: number;
  /** In place of the global `fetch`. */
  readonly fetch?: typeof fetch;
}

export interface RequestOptions {
  readonly method?: string;
  readonly body?: unknown;
  readonly query?: object;
  /** Whether sending it twice does no more than once: then it is sent again if there was no answer. */
  readonly repeatable?: boolean;
  readonly signal?: AbortSignal;
}

const BUSY = [429, 503];
const LONGEST_WAIT_MS = 30_000;

/** Sends requests to a service, and turns what is not an answer into a `TempographError`. */
export class Transport {
  private readonly url: string;
  private readonly options: Required<Omit<ClientOptions, 'url' | 'key'>> & Pick<ClientOptions, 'key'>;

  constructor({ url = 'http://localhost:8080', ...options }: ClientOptions) {
    this.url = url.replace(/\/+$/, '');
    const defaults = { retries: 4, firstWaitMs: 250, timeoutMs: 60_000, fetch: globalThis.fetch };
    this.options = { ...defaults, ...options };
  }

  /** @throws TempographError */
  async json<Answer>(path: string, options: RequestOptions = {}): Promise<Answer> {
    const { timeoutMs } = this.options;
    const signal = anyOf(options.signal, AbortSignal.timeout(timeoutMs * (1 + this.options.retries)));
    const response = await this.answer(path, { ...options, signal });
    const text = await response.text();
    try {
      return JSON.parse(text) as Answer;
    } catch (cause) {
      throw new TempographError(response.status, 'not_json', `${path} did not answer with JSON`, [], {
        cause,
      });
    }
  }

  /**
   * An answer whose body is still to be read.
   *
   * @throws TempographError
   */
  async answer(path: string, options: RequestOptions = {}): Promise<Response> {
    const { retries, firstWaitMs } = this.options;
    for (let attempt = 0; ; attempt++) {
      const response = await this.attempt(path, options).catch((error: Error) => error);
      options.signal?.throwIfAborted();
      if (response instanceof Response && response.ok) return response;
      const failed = response instanceof Error;
      const again = failed ? options.repeatable : BUSY.includes(response.status);
      if (!again || attempt >= retries)
        throw failed ? noAnswer(path, response) : await refusal(path, response);
      const seconds = failed ? 0 : Number(response.headers.get('retry-after') ?? 0);
      if (!failed) await response.body?.cancel();
      const waitMs = Math.max(Number.isFinite(seconds) ? 1000 * seconds : 0, firstWaitMs * 2 ** attempt);
      await wait(Math.min(waitMs, LONGEST_WAIT_MS), options.signal);
    }
  }

  private attempt(path: string, { method = 'GET', body, query, signal }: RequestOptions): Promise<Response> {
    const { key, fetch } = this.options;
    const headers = {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    };
    const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
    const search = given.length === 0 ? '' : `?${new URLSearchParams(given.map(([k, v]) => [k, String(v)]))}`;
    return fetch(this.url + path + search, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
    });
  }
}

async function refusal(path: string, response: Response): Promise<TempographError> {
  const text = await response.text();
  try {
    const { code, message, details } = JSON.parse(text).error;
    return new TempographError(response.status, code, message, details);
  } catch {
    const message = `${path} answered ${response.status}: ${text.slice(0, 200)}`;
    return new TempographError(response.status, 'not_json', message);
  }
}

function noAnswer(path: string, cause: Error): TempographError {
  const why = cause.cause instanceof Error ? cause.cause.message || cause.message : cause.message;
  return new TempographError(0, 'no_answer', `${path}: ${why}`, [], { cause });
}

function anyOf(signal: AbortSignal | undefined, other: AbortSignal): AbortSignal {
  return signal ? AbortSignal.any([signal, other]) : other;
}

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
