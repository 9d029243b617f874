import {
  cancelJob,
  fetchMeasured,
  fetchVersions,
  followJob,
  type Job,
  promoteVersion,
  rollBack,
  runningJob,
  train,
} from './api.js';
import { drawMeasured, measuredText } from './measured.js';
import { versionRows } from './versions.js';

/** Networks in the plot. */
const MOST_SHOWN = 5000;

const at = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;

/** The page's part about one board: what was measured on it, its model's versions, and training another. */
export class Board {
  private device: string | undefined;
  private redraw = () => {};
  private leave = () => {};
  private job: Job | undefined;

  /** @param onServed called when another version serves the device */
  constructor(private readonly onServed: () => void) {
    at('train').addEventListener('click', () => this.trying(async (id) => this.follow(await train(id))));
    at('rollback').addEventListener('click', () => this.changing(rollBack));
    at('cancel').addEventListener('click', () => this.trying(async () => cancelJob(this.job!.id)));
    new ResizeObserver(() => this.redraw()).observe(at('measured'));
  }

  async show(device: string): Promise<void> {
    if (device === this.device) return;
    this.device = device;
    this.leave();
    this.showJob(undefined);
    at('training-problem').hidden = true;
    await this.refresh();
    const job = await runningJob(device).catch(() => undefined);
    if (job && device === this.device) this.follow(job);
  }

  private async refresh(): Promise<void> {
    const { device } = this;
    if (!device) return;
    const [found, versions] = await Promise.all([fetchMeasured(device, MOST_SHOWN), fetchVersions(device)]);
    if (device !== this.device) return;
    at('how-to-measure').hidden = found !== undefined;
    at('with-measurements').hidden = found === undefined;
    at('versions').hidden = versions === undefined;
    this.redraw = () => {};
    at('rollback').hidden = !versions?.some(({ serving, origin }) => serving && origin === 'trained');
    const promote = (version: string) => this.changing((id) => promoteVersion(id, version));
    if (versions) at('version-rows').replaceChildren(...versionRows(versions, promote));
    if (!found) return;
    const { total, measured, drift } = found;
    const shown = measured.length < total ? `, the first ${measured.length.toLocaleString('en')} shown` : '';
    at('measured-count').textContent =
      `${total.toLocaleString('en')} measurements${shown}: ${measuredText(measured)}`;
    at('drift').hidden = !drift?.drifted;
    if (drift) {
      at('drift').textContent =
        `What was measured since then disagrees with the model: the median error of ${drift.compared} networks is ` +
        `${(100 * drift.medianError).toFixed(1)} %, against ${(100 * drift.heldOutMedianError).toFixed(1)} % when it was trained.`;
    }
    at<HTMLAnchorElement>('download').href =
      `/v1/devices/${encodeURIComponent(device)}/measurements?format=csv&limit=10000`;
    this.redraw = () => {
      const figure = at('measured-plot');
      if (measured.length > 0)
        figure.replaceChildren(drawMeasured(measured, Math.max(260, figure.clientWidth)));
    };
    this.redraw();
  }

  /** Has another version serve. */
  private changing(change: (device: string) => Promise<unknown>): void {
    this.trying(async (id) => {
      await change(id);
      this.onServed();
      await this.refresh();
    });
  }

  private follow(job: Job): void {
    this.leave();
    this.showJob(job);
    this.leave = followJob(job.id, async (changed) => {
      this.showJob(changed);
      if (changed.state === 'queued' || changed.state === 'running') return;
      this.leave();
      this.onServed();
      await this.refresh();
    });
  }

  private showJob(job: Job | undefined): void {
    this.job = job;
    const active = job?.state === 'queued' || job?.state === 'running';
    at('train').hidden = active;
    at('cancel').hidden = !active;
    at('job').hidden = job === undefined;
    if (!job) return;
    const { epoch, epochs } = (job.progress ?? {}) as { epoch?: number; epochs?: number };
    const bar = at<HTMLProgressElement>('job-bar');
    bar.hidden = !active;
    if (epoch === undefined || epochs === undefined) bar.removeAttribute('value');
    else bar.value = epoch / epochs;
    at('job-text').textContent = jobText(job, epoch, epochs);
  }

  private trying(action: (device: string) => Promise<unknown>): void {
    const problem = at('training-problem');
    problem.hidden = true;
    action(this.device!).catch((error: Error) => {
      problem.hidden = false;
      problem.textContent = error.message;
    });
  }
}

function jobText(job: Job, epoch: number | undefined, epochs: number | undefined): string {
  if (job.state === 'running')
    return epoch === undefined ? 'training' : `training, epoch ${epoch} of ${epochs}`;
  if (job.state === 'queued') return 'waiting for its turn';
  if (job.state === 'cancelled') return 'cancelled';
  if (job.state === 'failed') return `failed: ${job.error}`;
  const { version, promoted, reason } = job.result as { version: string; promoted: boolean; reason: string };
  return `version ${version} ${promoted ? 'serves now' : 'was kept but does not serve'}: ${reason}`;
}
