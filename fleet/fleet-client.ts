import { type Static, type TSchema, Type } from '#typebox';
import { Check, Errors } from '#typebox/schema';
import { TempographClient, TempographError } from '../client/index.js';
import { cleanText } from '../src/base/clean-text.js';
import { InputError } from '../src/base/errors.js';
import { schemaProblems } from '../src/base/schema-problems.js';
import type { SearchSpace } from '../src/spaces/space.js';
import { serviceSpace } from './service-space.js';

/** Networks to measure on a device, lent to a worker for a while. */
export const Claim = Type.Object({
  space: Type.String(),
  deadOperations: Type.Union([Type.Literal('timed'), Type.Literal('pruned')]),
  candidates: Type.Array(Type.Object({ id: Type.String(), architecture: Type.String() })),
  leaseSeconds: Type.Number(),
});
export type Claim = Static<typeof Claim>;

/** A measurement in the service's form; `candidate` is the identifier it was claimed under. */
const Measured = { architecture: Type.String(), candidate: Type.String() };
export const FleetMeasurement = Type.Union([
  Type.Object({ ...Measured, latencyMs: Type.Number({ exclusiveMinimum: 0 }) }),
  Type.Object({ ...Measured, metric: Type.String(), value: Type.Number({ exclusiveMinimum: 0 }) }),
]);
export type FleetMeasurement = Static<typeof FleetMeasurement>;

export interface FleetOptions {
  /** Address of the service: `http://host:8080`. */
  readonly server: string;
  readonly device: string;
  readonly worker: string;
  /** API key, if the service requires one. */
  readonly key?: string;
  /** Ends waits and requests. */
  readonly signal: AbortSignal;
  /** Called before each wait. */
  readonly onRetry?: (problem: string, waitMs: number) => void;
  /** First wait after a failure; each further one is twice as long, up to half a minute. */
  readonly firstWaitMs?: number;
}

const LONGEST_REASON = 1000;
/** Lease of networks that are being measured. */
const LEASE_SECONDS = 60;

/** A worker's requests to a service, over HTTP. Temporary failures are waited out. */
export class FleetClient {
  private readonly client: TempographClient;

  constructor(private readonly options: FleetOptions) {
    const { server, key, firstWaitMs = 1000, onRetry } = options;
    const retries = Number.POSITIVE_INFINITY;
    this.client = new TempographClient({ url: server, key, retries, firstWaitMs, onRetry });
  }

  async claim(count: number): Promise<Claim> {
    const { device, worker, signal } = this.options;
    const answer = await accepted(this.client.claimCandidates(device, { worker, count }, { signal }));
    return checked(Claim, answer);
  }

  /** Renews the leases of candidates still being measured; without that, others get them after a minute. */
  async keep(candidates: readonly string[], signal: AbortSignal): Promise<void> {
    const { device, worker } = this.options;
    const holding = { worker, count: 0, holding: [...candidates], leaseSeconds: LEASE_SECONDS };
    await this.client.claimCandidates(device, holding, { signal });
  }

  /** The space of a claim. @throws InputError if neither side knows it */
  async space(name: string): Promise<SearchSpace> {
    return accepted(serviceSpace(name, this.client, this.options.signal));
  }

  /** @param key makes it harmless to send the same measurements again */
  async send(key: string, measurements: readonly FleetMeasurement[]): Promise<void> {
    const { device, signal } = this.options;
    await accepted(this.client.upload(device, { key, measurements: [...measurements] }, { signal }));
  }

  /** Reports why a candidate could not be measured. If its lease has expired, it may belong to another worker. */
  async fail(candidate: string, why: string): Promise<void> {
    const { device, worker, signal } = this.options;
    const reason = cleanText(why.slice(0, LONGEST_REASON)) || 'failed';
    const told = this.client.failCandidate(device, candidate, { worker, reason }, { signal });
    await accepted(
      told.catch((error) => {
        if (!isTooLate(error)) throw error;
      }),
    );
  }
}

const isTooLate = (error: unknown) => error instanceof TempographError && [404, 409].includes(error.status);

/** @throws InputError if the service refuses the request; the signal's reason if it is aborted */
export async function accepted<Answer>(request: Promise<Answer>): Promise<Answer> {
  try {
    return await request;
  } catch (error) {
    if (!(error instanceof TempographError)) throw error;
    throw new InputError(`the service refused with ${error.status}: ${error.message}`);
  }
}

function checked<T extends TSchema>(schema: T, value: unknown): Static<T> {
  if (Check(schema, value)) return value as Static<T>;
  const [{ path, problem }] = schemaProblems(Errors(schema, value)[1]);
  throw new InputError(`the service answered something else than a claim: ${problem}`, { field: path });
}
