import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { InputError } from '../src/base/errors.js';
import type { MeasurementFacts } from '../src/datasets/card.js';
import { type Candidate, runCampaign } from '../src/measure/campaign.js';
import { JournalFile, type JournalHead } from '../src/measure/journal.js';
import { busyCpus, defaultDeviceName, machineFacts, onnxruntimeVersion } from '../src/measure/machine.js';
import type { MeasurementContext } from '../src/measure/measurement-facts.js';
import { callOverheadMs } from '../src/measure/onnxruntime-target.js';
import { type CampaignSummary, summarise } from '../src/measure/summary.js';
import { sayInterrupted } from './interruptible.js';
import { protocolOf, type TargetFlags, targetOf } from './measure-options.js';
import { assertCsv } from './output-file.js';
import { percent } from './percent.js';
import { countBar } from './progress.js';

/** Options of every measurement that becomes a dataset. */
export interface CampaignFlags extends TargetFlags {
  out?: string;
  device?: string;
  description?: string;
  licence: string;
  seed: number;
  resume?: boolean;
}

/** A measurement that is done, and all that a dataset says about it. */
export interface FinishedCampaign {
  readonly out: string;
  readonly device: { readonly id: string; readonly description: string };
  readonly summary: CampaignSummary;
  readonly entries: JournalFile['entries'];
  readonly context: MeasurementContext;
  /** Milliseconds; 0 where a runner measures. */
  readonly callOverheadMs: number;
  readonly versions: Record<string, string>;
  /** Removes the journal, when the dataset is written. */
  end(): void;
}

/**
 * Measures networks with a journal beside the dataset that they become.
 *
 * @param head what the measurements depend on, beside the options
 * @returns undefined if it was interrupted: the journal is kept, and the exit code set
 * @throws InputError if the options do not fit, or no network could be run
 */
export async function measuredCampaign(
  flags: CampaignFlags,
  {
    candidates,
    reference,
    head,
  }: { candidates: readonly Candidate[]; reference: Candidate; head: JournalHead },
  signal: AbortSignal,
): Promise<FinishedCampaign | undefined> {
  const { out, device } = checked(flags);
  const local = flags.runner === undefined;
  const protocol = protocolOf(flags, flags.seed);
  const { target, runtime, groupRules } = targetOf(flags, signal);
  const journalPath = `${out}.journal.jsonl`;
  const listSha256 = createHash('sha256')
    .update(candidates.map((c) => c.architecture).join('\n'))
    .digest('hex');
  const journal = JournalFile.open(
    journalPath,
    {
      format: 'tempograph-journal/1',
      device,
      networks: candidates.length,
      listSha256,
      ...head,
      ...runtime,
      ...protocol,
    },
    flags.resume ?? false,
  );
  if (local && !protocol.interleaved) warnIfBusy();
  const bar = countBar('measuring');
  const hooks = { signal, onGroup: bar.update };
  const finished = await runCampaign(target, candidates, reference, protocol, journal, hooks).finally(
    bar.stop,
  );
  if (!finished) {
    journal.close();
    sayInterrupted(
      signal.reason,
      `${journal.entries.length} groups of runs are kept in ${journalPath}: continue with --resume`,
    );
    return undefined;
  }
  const summary = summarise(journal.entries);
  for (const [network, reason] of summary.failures) console.error(`${network}: not measured: ${reason}`);
  if (summary.networks.length === 0) {
    journal.close();
    throw new InputError('none of the networks could be run');
  }
  const overheadMs = local ? await callOverheadMs(target) : 0;
  const machine = machineFacts();
  return {
    out,
    device: {
      id: device,
      description:
        flags.description ??
        (local
          ? `${machine.cpu}, ${flags.threads} thread(s), onnxruntime ${onnxruntimeVersion} (${flags.provider})`
          : device),
    },
    summary,
    entries: journal.entries,
    callOverheadMs: overheadMs,
    versions: local ? { 'onnxruntime-node': onnxruntimeVersion } : {},
    context: {
      protocol,
      groupRules,
      reference: reference.architecture,
      machine,
      runtime: local ? { ...runtime, callOverheadMs: overheadMs } : runtime,
      startedAt: new Date(journal.entries[0].at).toISOString(),
      finishedAt: new Date().toISOString(),
    },
    end: () => journal.remove(),
  };
}

/** @throws InputError if there is no such file to write, or the device has no name */
function checked({ out, runner, device: named, threads }: CampaignFlags): { out: string; device: string } {
  if (out === undefined) throw new InputError('say which file is written', { field: '--out' });
  assertCsv(out, '--out');
  if (existsSync(out) && !existsSync(`${out}.journal.jsonl`)) {
    throw new InputError(
      'it is there already, and may be hours of measuring; name another file, or delete it',
      { file: out, field: '--out' },
    );
  }
  if (runner !== undefined && named === undefined) {
    throw new InputError('name the board that the runner measures on', { field: '--device' });
  }
  const device = named ?? defaultDeviceName(threads);
  if (device.trim() === '') throw new InputError('the name is empty', { field: '--device' });
  return { out, device };
}

/** How far to trust the numbers. */
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
    `${percent(interruptedRuns)} of the runs were interrupted, ${remeasured} networks had extra rounds, ${failed} failed`
  );
}

/** Timings of a busy machine are those of its other work. */
function warnIfBusy(): void {
  const busy = busyCpus();
  if (busy !== undefined && busy > 0.5) {
    console.error(
      `warning: ${busy.toFixed(1)} other processes want a CPU (load average); latencies will be uneven, and less so with --by-turns`,
    );
  }
}
