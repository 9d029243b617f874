import { hostname } from 'node:os';
import { FleetClient } from '../fleet/fleet-client.js';
import { Outbox } from '../fleet/outbox.js';
import { work } from '../fleet/worker.js';
import { InputError } from '../src/base/errors.js';
import { measuringTarget, type OnnxModelFlags, protocolOf, type TargetFlags } from './measure-options.js';
import { sayRetry } from './say-retry.js';

export interface FleetFlags extends OnnxModelFlags, TargetFlags {
  server: string;
  device?: string;
  batch: number;
  worker?: string;
  claim: number;
  poll: number;
  once?: boolean;
}

/** `tempograph measure --server`: measures what a service asks for until it is interrupted. */
export async function runFleetWorker(flags: FleetFlags, signal: AbortSignal): Promise<void> {
  const { server, device, batch, imageSize, seed, claim: count, poll, once } = flags;
  if (device === undefined)
    throw new InputError('name the device as the service knows it', { field: '--device' });
  const { target } = measuringTarget(flags, signal);
  const protocol = protocolOf(flags, seed);
  const outbox = new Outbox(`${device.replace(/[^\w.-]/g, '_')}.unsent.json`);
  const client = new FleetClient({
    server,
    device,
    worker: flags.worker ?? `${hostname()}-${process.pid}`,
    key: process.env.TEMPOGRAPH_KEY || undefined,
    signal,
    onRetry: sayRetry,
  });
  let total = 0;
  await work({
    device,
    target,
    client,
    outbox,
    protocol,
    network: { batch, imageSize, seed },
    count,
    pollMs: once ? undefined : 1000 * poll,
    signal,
    onClaim: ({ space, candidates }) =>
      console.error(`measuring ${candidates.length} networks of ${space} …`),
    onSent(measured, failed) {
      total += measured;
      console.error(`sent ${measured}${failed > 0 ? `, ${failed} could not be measured` : ''}`);
    },
  });
  const unsent = outbox.unsent(device)?.measurements.length ?? 0;
  const kept = unsent > 0 ? `; ${unsent} more are kept in ${outbox.path} and sent by the next worker` : '';
  console.log(`${total} measurements sent for ${device}${kept}`);
}
