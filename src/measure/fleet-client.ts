import { setTimeout as sleep } from 'node:timers/promises';
import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { InputError, quote } from '../errors.js';

/** Networks that a service wants measured on a device, lent to a worker for a while. */
export const Claim = Type.Object({
  space: Type.String(),
  deadOperations: Type.Union([Type.Literal('timed'), Type.Literal('pruned')]),
  candidates: Type.Array(Type.Object({ id: Type.String(), architecture: Type.String() })),
  leaseSeconds: Type.Number(),
});
export type Claim = Static<typeof Claim>;

/** A measurement as the service takes it; `candidate` is the identifier it was claimed by. */
export const FleetMeasurement = Type.Object({
  architecture: Type.String(),
  latencyMs: Type.Number({ exclusiveMinimum: 0 }),
  candidate: Type.String(),
});
export type FleetMeasurement = Static<typeof FleetMeasurement>;

export interface FleetOptions {
  /** Of the service: `http://host:8080`. */
  readonly server: string;
  readonly device: string;
  readonly worker: string;
  /** API key, where the service requires one. */
  readonly key?: string;
  /** Ends waits and requests. */
  readonly signal: AbortSignal;
  /** Told before each wait. */
  readonly onRetry?: (problem: string, waitMs: number) => void;
  /** First wait after a failure; each further one is twice as long, up to `MOST_WAIT_MS`. */
  readonly firstWaitMs?: number;
}

const MOST_WAIT_MS = 60_000;
const REQUEST_TIMEOUT_MS = 30_000;
const LONGEST_REASON = 1000;

/** What a service asks of and tells a worker, over HTTP. Failures that may pass are waited out. */
export class FleetClient {
  private readonly device: string;

  constructor(private readonly options: FleetOptions) {
    const { server, device } = options;
    if (!URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol)) {
      throw new InputError(`${quote(server)} is not an address like http://localhost:8080`, {
        field: '--server',
      });
    }
    this.device = `${server.replace(/\/+$/, '')}/v1/devices/${encodeURIComponent(device)}`;
  }

  async claim(count: number): Promise<Claim> {
    const answer = await this.post('candidates/claim', { worker: this.options.worker, count });
    return checked(Claim, answer, `${this.device}/candidates/claim`);
  }

  /** @param key makes sending the same measurements again harmless */
  async send(key: string, measurements: readonly FleetMeasurement[]): Promise<void> {
    await this.post('measurements', { key, measurements });
  }

  /** Says why a candidate could not be measured. One whose lease has ended is another worker's by now. */
  async fail(candidate: string, reason: string): Promise<void> {
    const { worker } = this.options;
    const body = { worker, reason: reason.slice(0, LONGEST_REASON) };
    await this.post(`candidates/${encodeURIComponent(candidate)}/failure`, body, [404, 409]);
  }

  /**
   * Posts until it is answered.
   * @param ignored status codes of refusals that do not matter
   * @throws InputError if the service refuses the request; the signal's reason if it is aborted
   */
  private async post(path: string, body: object, ignored: readonly number[] = []): Promise<unknown> {
    const { signal, onRetry, firstWaitMs = 1000 } = this.options;
    for (let attempt = 0; ; attempt++) {
      const problem = await this.attempt(path, body, ignored);
      if ('answer' in problem) return problem.answer;
      const waitMs = problem.waitMs ?? Math.min(MOST_WAIT_MS, firstWaitMs * 2 ** attempt);
      onRetry?.(problem.problem, waitMs);
      await sleep(waitMs, undefined, { signal });
    }
  }

  private async attempt(
    path: string,
    body: object,
    ignored: readonly number[],
  ): Promise<{ answer: unknown } | { problem: string; waitMs?: number }> {
    const url = `${this.device}/${path}`;
    const { signal, key } = this.options;
    signal.throwIfAborted();
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        },
        body: JSON.stringify(body),
        signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
      });
      text = await response.text();
    } catch (error) {
      signal.throwIfAborted();
      const { message, cause } = error as Error;
      return { problem: `${url}: ${cause instanceof Error ? cause.message || message : message}` };
    }
    const { status } = response;
    if (response.ok) return { answer: text === '' ? undefined : parsed(text, url) };
    if (ignored.includes(status)) return { answer: undefined };
    const problem = `${url} answered ${status}: ${quote(text, 300)}`;
    if (status < 500 && status !== 408 && status !== 429) throw new InputError(problem);
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    return { problem, waitMs: Number.isFinite(seconds) ? Math.min(MOST_WAIT_MS, 1000 * seconds) : undefined };
  }
}

function parsed(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InputError(`${url} did not answer with JSON: ${quote(text)}`);
  }
}

function checked<T extends TSchema>(schema: T, value: unknown, url: string): Static<T> {
  if (Value.Check(schema, value)) return value as Static<T>;
  const [{ message, instancePath: field }] = Value.Errors(schema, value);
  throw new InputError(`${url} answered something else than a claim: ${message}`, {
    field: field || undefined,
  });
}
