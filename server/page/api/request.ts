import { isOver, type JobState } from '../../../api/job.js';
import { readEvents } from '../../../client/events.js';

const KEY = 'tempograph-key';

/** An error answer, with the service's own message. */
class ServiceError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Asks the user for a key. Set by the page when it starts. */
let askForKey: (problem: string) => Promise<string> = async (problem) => {
  throw new ServiceError(401, problem);
};
let asking: Promise<string> | undefined;

export function onKeyNeeded(ask: typeof askForKey): void {
  askForKey = ask;
}

export const hasKey = () => sessionStorage.getItem(KEY) !== null;

export function forgetKey(): void {
  sessionStorage.removeItem(KEY);
}

/**
 * The response to a request, sent with the user's key; asks the user for a key if the service requires a valid one.
 *
 * @throws ServiceError
 */
async function respond(path: string, init: RequestInit = {}): Promise<Response> {
  for (;;) {
    const key = sessionStorage.getItem(KEY);
    const headers = new Headers(init.headers);
    if (key !== null) headers.set('authorization', `Bearer ${key}`);
    const response = await fetch(path, { ...init, headers });
    if (response.ok) return response;
    const problem = await messageOf(response);
    if (response.status !== 401) throw new ServiceError(response.status, problem);
    // Another request may have stored a new key meanwhile.
    if (sessionStorage.getItem(KEY) !== key) continue;
    asking ??= askForKey(key === null ? '' : problem).finally(() => {
      asking = undefined;
    });
    sessionStorage.setItem(KEY, await asking);
  }
}

async function messageOf(response: Response): Promise<string> {
  const body = (await response.json().catch(() => undefined)) as { error?: { message?: string } } | undefined;
  return body?.error?.message ?? `the service answers ${response.status} ${response.statusText}`;
}

/** @throws ServiceError */
export async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  return (await (await respond(path, init)).json()) as T;
}

export function post<T>(path: string, body: object, signal?: AbortSignal): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  return ask<T>(path, { method: 'POST', headers, body: JSON.stringify(body), signal });
}

/** Delay before a broken stream is reopened, ms. */
const RETRY_MS = 1000;
/** Statuses of a service that is overloaded or temporarily unavailable. */
const LATER = [429, 502, 503, 504];

/**
 * A job or a search, each time a stream of server-sent events reports it, until it is over or the signal is aborted.
 * Reconnects after a lost connection or an outage of the service.
 *
 * @throws ServiceError
 */
export async function* followEvents<T extends { readonly state: JobState }>(
  path: string,
  signal: AbortSignal,
): AsyncGenerator<T> {
  while (!signal.aborted) {
    try {
      // Not an `EventSource`, because that cannot send a key.
      const { body } = await respond(path, { signal, headers: { accept: 'text/event-stream' } });
      for await (const { data } of readEvents(body!)) {
        const told = JSON.parse(data) as T;
        yield told;
        if (isOver(told)) return;
      }
    } catch (error) {
      if (signal.aborted) return;
      const isLater = error instanceof ServiceError && LATER.includes(error.status);
      if (!(isLater || error instanceof TypeError)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** Has the browser save the answer of a path. */
export async function download(path: string, file: string): Promise<void> {
  save(await (await respond(path)).blob(), file);
}

/** Has the browser save a file. */
export function save(content: Blob, file: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
