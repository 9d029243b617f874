import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { InputError } from '../src/base/errors.js';
import type { MeasurementFacts } from '../src/datasets/card.js';
import { type NetworkToMeasure, runCampaign } from '../src/measure/campaign.js';
import { JournalFile, type JournalHead } from '../src/measure/journal.js';
import { busyCpus, defaultDeviceName, machineFacts, onnxruntimeVersion } from '../src/measure/machine.js';
import type { MeasurementContext } from '../src/measure/measurement-facts.js';
import { callOverheadMs } from '../src/measure/onnxruntime-target.js';
import { type CampaignSummary, summarise } from '../src/measure/summary.js';
import { sayInterrupted } from './interruptible.js';
import { measuringTarget, protocolOf, type TargetFlags } from './measure-options.js';
import { prepareDataset } from './output-file.js';
import { percent } from './percent.js';
import { countBar } from './progress.js';

/** Options of all measurements that become a dataset. */
export interface CampaignFlags extends TargetFlags {
  out?: string;
  device?: string;
  description?: string;
  licence: string;
  seed: number;
  resume?: boolean;
}

/** A finished measurement, with everything its dataset says about it. */
export interface FinishedCampaign {
  readonly out: string;
  readonly device: { readonly id: string; readonly description: string };
  readonly summary: CampaignSummary;
  readonly entries: JournalFile['entries'];
  readonly context: MeasurementContext;
  /** Milliseconds; 0 if a runner measures. */
  readonly callOverheadMs: number;
  readonly versions: Record<string, string>;
  /** Removes the journal; to be called when the dataset is written. */
  end(): void;
}

/**
 * Measures networks, with a journal beside the future dataset.
 *
 * @param head what the measurements depend on besides the options
 * @returns undefined if interrupted: the journal is kept, and the exit code is set
 * @throws InputError if the options cannot be combined, or no network could be run
 */
export async function measuredCampaign(
  flags: CampaignFlags,
  {
    candidates,
    reference,
    head,
  }: { candidates: readonly NetworkToMeasure[]; reference: NetworkToMeasure; head: JournalHead },
  signal: AbortSignal,
): Promise<FinishedCampaign | undefined> {
  const { out, device } = await checked(flags);
  const measuring: Measuring = {
    ...measuringTarget(flags, signal),
    protocol: protocolOf(flags, flags.seed),
    isLocal: flags.runner === undefined,
  };
  const { target, runtime, protocol, isLocal } = measuring;
  const listSha256 = createHash('sha256')
    .update(candidates.map((c) => c.architecture).join('\n'))
    .digest('hex');
  const format = 'tempograph-journal/1';
  const depends = {
    format,
    device,
    networks: candidates.length,
    listSha256,
    ...head,
    ...runtime,
    ...protocol,
  };
  const journal = JournalFile.open(journalOf(out), depends, flags.resume ?? false);
  if (isLocal && !protocol.interleaved) warnIfBusy();
  const bar = countBar('measuring');
  const hooks = { signal, onGroup: bar.update };
  const finished = await runCampaign(target, candidates, reference, protocol, journal, hooks).finally(
    bar.stop,
  );
  if (!finished) {
    journal.close();
    const kept = `${journal.entries.length} groups of runs are kept in ${journalOf(out)}`;
    sayInterrupted(signal.reason, `${kept}: continue with --resume`);
    return undefined;
  }
  const summary = summarise(journal.entries);
  for (const [network, reason] of summary.failures) console.error(`${network}: not measured: ${reason}`);
  if (summary.networks.length === 0) {
    journal.close();
    throw new InputError('none of the networks could be run');
  }
  return { out, summary, ...(await factsOf(device, flags, measuring, reference, journal)) };
}

/** How and by what networks are measured. */
interface Measuring extends ReturnType<typeof measuringTarget> {
  readonly protocol: ReturnType<typeof protocolOf>;
  /** Whether this machine measures, rather than a runner. */
  readonly isLocal: boolean;
}

const journalOf = (out: string) => `${out}.journal.jsonl`;

/** What the dataset says about how a finished measurement was made. */
async function factsOf(
  device: string,
  { description, threads, provider }: CampaignFlags,
  { target, runtime, protocol, groupRules, isLocal }: Measuring,
  reference: NetworkToMeasure,
  journal: JournalFile,
): Promise<Omit<FinishedCampaign, 'out' | 'summary'>> {
  const overheadMs = isLocal ? await callOverheadMs(target) : 0;
  const machine = machineFacts();
  const usual = isLocal
    ? `${machine.cpu}, ${threads} thread(s), onnxruntime ${onnxruntimeVersion} (${provider})`
    : device;
  return {
    device: { id: device, description: description ?? usual },
    entries: journal.entries,
    callOverheadMs: overheadMs,
    versions: isLocal ? { 'onnxruntime-node': onnxruntimeVersion } : {},
    context: {
      protocol,
      groupRules,
      reference: reference.architecture,
      machine,
      runtime: isLocal ? { ...runtime, callOverheadMs: overheadMs } : runtime,
      startedAt: new Date(journal.entries[0].at).toISOString(),
      finishedAt: new Date().toISOString(),
    },
    end: () => journal.remove(),
  };
}

/** @throws InputError if the file cannot be written, or the device has no name */
async function checked({
  out,
  runner,
  device: named,
  threads,
}: CampaignFlags): Promise<{ out: string; device: string }> {
  if (out === undefined) throw new InputError('name the file to write', { field: '--out' });
  if (existsSync(out) && !existsSync(journalOf(out))) {
    throw new InputError(
      'the file exists already, and may hold hours of measuring; name another file, or delete it',
      { file: out, field: '--out' },
    );
  }
  await prepareDataset(out, '--out');
  if (runner !== undefined && named === undefined) {
    throw new InputError('name the board that the runner measures on', { field: '--device' });
  }
  const device = named ?? defaultDeviceName(threads);
  if (device.trim() === '') throw new InputError('the name is empty', { field: '--device' });
  return { out, device };
}

/** Says how far to trust the numbers. */
export function inWords({
  drift,
  standardError,
  interruptedRuns,
  remeasured,
  failed,
}: MeasurementFacts): string {
  const known = (share: number | null) => (share === null ? '-' : percent(share));
  const least = Math.min(...drift.rounds.map((round) => round.least));
  const greatest = Math.max(...drift.rounds.map((round) => round.greatest));
  return (
    `standard error of a latency ${known(standardError.median)} (median), ${known(standardError.p90)} (of 90 %); ` +
    `the reference took ${percent(least)} … ${percent(greatest)} of ${drift.baselineMs.toFixed(3)} ms; ` +
    `${percent(interruptedRuns)} of the runs were interrupted, ${remeasured} ${remeasured === 1 ? 'network' : 'networks'} had extra rounds, ${failed} failed`
  );
}

/** Warns that other work on this machine will disturb the timings. */
function warnIfBusy(): void {
  const busy = busyCpus();
  if (busy !== undefined && busy > 0.5) {
    console.error(
      `warning: ${busy.toFixed(1)} other processes compete for the CPU (load average); latencies will scatter, less so with --by-turns`,
    );
  }
}
