import { TempographError } from './error.js';

export interface ClientOptions {
  /** Address of the service; `http://localhost:8080` by default. */
  readonly url?: string;
  /** API key, if the service requires one. */
  readonly key?: string;
  /** How often to repeat a request that the service was too busy for or did not answer; 4 by default. */
  readonly retries?: number;
  /** Wait before the first retry, ms; each further wait is twice as long. 250 by default. */
  readonly firstWaitMs?: number;
  /** How long an answer may take, ms; 60,000 by default. */
  readonly timeoutMs?: number;
  /** Called before each wait. */
  readonly onRetry?: (problem: string, waitMs: number) => void;
  /** Used instead of the global `fetch`. */
  readonly fetch?: typeof fetch;
}

export interface RequestOptions {
  readonly method?: string;
  readonly body?: unknown;
  readonly query?: object;
  /** Whether it is safe to send twice; if so, it is repeated if there was no answer. */
  readonly repeatable?: boolean;
  readonly signal?: AbortSignal;
}

/** Statuses after which nothing has been done. */
const BUSY = [429, 503];
/** Statuses after which something may have been done. */
const UNCERTAIN = [408, 500, 502, 504];
const LONGEST_WAIT_MS = 30_000;

type Optional = 'url' | 'key' | 'onRetry';

/** The outcome of one attempt. */
type Attempt<Result> =
  | { readonly result: Result }
  /** `response` is absent if there was no answer. */
  | { readonly problem: TempographError; readonly response?: Response };

/** Sends requests to a service, and turns failures into a `TempographError`. */
export class Transport {
  private readonly url: string;
  private readonly options: Required<Omit<ClientOptions, Optional>> & Pick<ClientOptions, Optional>;

  constructor({ url = 'http://localhost:8080', ...options }: ClientOptions) {
    this.url = url.replace(/\/+$/, '');
    const defaults = { retries: 4, firstWaitMs: 250, timeoutMs: 60_000, fetch: globalThis.fetch };
    this.options = { ...defaults, ...options };
  }

  /** @throws TempographError */
  async json<Answer>(path: string, options: RequestOptions = {}): Promise<Answer> {
    const read = async (response: Response) => ({ status: response.status, text: await response.text() });
    const { status, text } = await this.sent(path, options, read, this.options.timeoutMs);
    try {
      return JSON.parse(text) as Answer;
    } catch (cause) {
      const message = `${this.url}${path} did not answer with JSON`;
      throw new TempographError(status, 'not_json', message, [], { cause });
    }
  }

  /** An answer whose body is read by the caller, without a time limit. @throws TempographError */
  answer(path: string, options: RequestOptions = {}): Promise<Response> {
    return this.sent(path, options, async (response) => response);
  }

  /**
   * Sends a request, and repeats it if that may help, until it has been answered.
   *
   * @param read reads the answer; one that breaks off meanwhile counts as no answer
   * @param timeoutMs time limit until it has been read; none if absent
   */
  private async sent<Result>(
    path: string,
    options: RequestOptions,
    read: (response: Response) => Promise<Result>,
    timeoutMs?: number,
  ): Promise<Result> {
    const url = this.url + path;
    for (let attempt = 0; ; attempt++) {
      const deadline = timeoutMs === undefined ? undefined : deadlineOf(timeoutMs, options.signal);
      const answer = await this.attempt(url, options, deadline?.signal ?? options.signal)
        .then(async (response): Promise<Attempt<Result>> => {
          return response.ok
            ? { result: await read(response) }
            : { problem: await refusal(url, response), response };
        })
        .catch((error: Error): Attempt<Result> => ({ problem: noAnswer(url, error) }))
        .finally(deadline?.clear);
      options.signal?.throwIfAborted();
      if ('result' in answer) return answer.result;
      const { problem, response } = answer;
      const isUncertain = !response || UNCERTAIN.includes(response.status);
      const again = isUncertain ? options.repeatable : BUSY.includes(response.status);
      if (!again) throw problem;
      const seconds = Number(response?.headers.get('retry-after') ?? 0);
      await this.pause(problem, attempt, options.signal, Number.isFinite(seconds) ? 1000 * seconds : 0);
    }
  }

  /**
   * Waits before a retry.
   *
   * @param attempt number of retries so far
   * @throws the problem after the last of the retries
   */
  async pause(problem: TempographError, attempt: number, signal?: AbortSignal, leastMs = 0): Promise<void> {
    const { retries, firstWaitMs, onRetry } = this.options;
    if (attempt >= retries) throw problem;
    const waitMs = Math.min(Math.max(leastMs, firstWaitMs * 2 ** attempt), LONGEST_WAIT_MS);
    onRetry?.(problem.message, waitMs);
    await wait(waitMs, signal);
  }

  private attempt(
    url: string,
    { method = 'GET', body, query }: RequestOptions,
    signal?: AbortSignal,
  ): Promise<Response> {
    const { key, fetch } = this.options;
    const headers = {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    };
    const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
    const search = given.length === 0 ? '' : `?${new URLSearchParams(given.map(([k, v]) => [k, String(v)]))}`;
    return fetch(url + search, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
    });
  }
}

async function refusal(url: string, response: Response): Promise<TempographError> {
  const { status } = response;
  const text = await response.text().catch((error: Error) => error.message);
  try {
    const { code, message, details } = JSON.parse(text).error;
    if (typeof message === 'string') return new TempographError(status, code, message, details);
  } catch {
    // Something between the client and the service has answered.
  }
  return new TempographError(status, 'not_json', `${url} answered ${status}: ${text.slice(0, 200)}`);
}

function noAnswer(url: string, cause: Error): TempographError {
  const why = cause.cause instanceof Error ? cause.cause.message || cause.message : cause.message;
  return new TempographError(0, 'no_answer', `${url}: ${why}`, [], { cause });
}

/**
 * A signal that is aborted after a while, or together with another one. `AbortSignal.any` and `AbortSignal.timeout` would
 * not do: Node garbage-collects a timeout that only `any` refers to, so it never fires.
 *
 * @returns also `clear`, to be called when the signal is no longer needed
 */
function deadlineOf(timeoutMs: number, signal?: AbortSignal): { signal: AbortSignal; clear(): void } {
  const deadline = new AbortController();
  const late = () => deadline.abort(new DOMException(`no answer within ${timeoutMs} ms`, 'TimeoutError'));
  const timer = setTimeout(late, timeoutMs);
  const stop = () => deadline.abort(signal!.reason);
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop);
  const clear = () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  };
  return { signal: deadline.signal, clear };
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
