import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../src/base/random.js';
import { temporaryFolder } from '../temporary-folder.js';
import { type Answer, KilledService } from './killed-service.js';
import { measuredCells } from './measured-cells.js';
import { noPostgres, PostgresServer } from './postgres-server.js';

/** How often each service is killed; TEMPOGRAPH_KILLS sets it for a longer run. */
const KILLS = Number(process.env.TEMPOGRAPH_KILLS ?? 6);
const ROWS = 20;
const DEVICE = '/v1/devices/board';

interface Job {
  id: string;
  state: string;
  attempt: number;
  error: string | null;
  result: { version: string } | null;
}
interface Prediction {
  latencyMs: number;
  modelVersion: string;
}
interface Page {
  measurements: { key: string }[];
  next: number | null;
}
interface Versions {
  serving: string;
  versions: { version: string }[];
}

interface Search {
  id: string;
  state: string;
  error: string | null;
  trained: number;
  points: { architecture: string; accuracy: number }[];
}

/** Accuracies of the searches' networks. */
const ACCURACY = new Map(
  measuredCells(60, 3, 500).map(({ architecture, latencyMs }) => [architecture, latencyMs]),
);
const BUDGET = 15;
/** Why a job is given up that is cut off again and again without getting on. */
const CUT_OFF = /the process that ran it has ended/;

/** What the client has been told is done, and what it was not told the outcome of. */
class Client {
  uploads = 0;
  readonly jobs: string[] = [];
  /** Networks that each search was seen to have trained. */
  readonly searches = new Map<string, number>();
  /** The version that serves, by the last promotion that was acknowledged, and the one that was under way. */
  readonly mayServe = new Set<string>();
  /** Jobs that promote what they make and were not seen to end: what they make may serve. */
  private readonly promoting = new Set<string>();

  constructor(private readonly random: Random) {}

  /** Of two hundred cells at most, so that training stays quick. */
  rows(upload: number) {
    return measuredCells(ROWS, 3, 1 + (upload % 10));
  }

  /**
   * Uploads, trains, promotes and searches until the service is gone.
   *
   * @param by who promotes: the jobs what they train, or the client this version and that
   */
  async keepBusy(service: KilledService, by: 'jobs' | 'client'): Promise<void> {
    const untilGone = async (step: () => Promise<void>) => {
      for (;;) {
        try {
          await step();
        } catch (error) {
          if (error instanceof assert.AssertionError) throw error;
          return;
        }
      }
    };
    await Promise.all([
      untilGone(() => this.upload(service)),
      untilGone(() => this.train(service, by === 'jobs')),
      by === 'client' ? untilGone(() => this.promote(service)) : undefined,
      untilGone(() => this.search(service)),
      untilGone(async () => {
        await this.predict(service);
      }),
    ]);
  }

  async upload(service: KilledService): Promise<void> {
    const body = {
      key: `upload ${this.uploads}`,
      space: 'nasbench201',
      measurements: this.rows(this.uploads),
    };
    const answer = await service.insist('POST', `${DEVICE}/measurements`, body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    this.uploads++;
  }

  private async train(service: KilledService, promoting: boolean): Promise<void> {
    const request = { predictor: 'lookup', promote: promoting ? 'always' : 'never' };
    const { status, body } = await service.insist<Job>('POST', `${DEVICE}/train`, request);
    assert.equal(status, 202);
    const { id } = body;
    this.jobs.push(id);
    if (promoting) this.promoting.add(id);
    let job = body;
    while (job.state === 'queued' || job.state === 'running') {
      await sleep(50);
      job = (await service.insist<Job>('GET', `/v1/jobs/${id}`)).body;
    }
    this.promoting.delete(id);
    if (!promoting || !job.result) return;
    this.mayServe.clear();
    this.mayServe.add(job.result.version);
  }

  private async promote(service: KilledService): Promise<void> {
    const { versions } = (await service.insist<Versions>('GET', `${DEVICE}/versions`)).body;
    const { version } = versions[this.random.integer(versions.length)];
    this.mayServe.add(version);
    const { status, body } = await service.insist<Versions>('POST', `${DEVICE}/promote`, { version });
    assert.equal(status, 200);
    assert.equal(body.serving, version);
    this.mayServe.clear();
    this.mayServe.add(version);
  }

  /** Until a search was taken, in this life of the service or an earlier one. */
  async untilSearching(): Promise<void> {
    while (this.searches.size === 0) await sleep(20);
  }

  private async search(service: KilledService): Promise<void> {
    const csv = ['arch,accuracy', ...[...ACCURACY].map((row) => row.join(','))].join('\n');
    const evaluator = { kind: 'table', column: 'accuracy', csv };
    const request = { space: 'nasbench201', strategy: 'random', budget: BUDGET, evaluator };
    const { status, body } = await service.insist<Search>('POST', '/v1/searches', request);
    assert.equal(status, 202, JSON.stringify(body));
    for (
      let search = body;
      ;
      search = (await service.insist<Search>('GET', `/v1/searches/${body.id}`)).body
    ) {
      this.searches.set(search.id, search.trained);
      if (search.state !== 'queued' && search.state !== 'running') return;
      await sleep(50);
    }
  }

  /** Every version was trained on the same made-up device, so each predicts it well if it is whole. */
  async predict(service: KilledService): Promise<string> {
    const cells = measuredCells(5, 3, 1000);
    const { status, body } = await service.insist<{ predictions: Prediction[] }>('POST', '/v1/predict', {
      device: 'board',
      architectures: cells.map(({ architecture }) => architecture),
    });
    assert.equal(status, 200, JSON.stringify(body));
    body.predictions.forEach(({ latencyMs }, i) => {
      const expected = cells[i].latencyMs;
      assert.ok(Math.abs(latencyMs - expected) < 0.05 * expected, `${latencyMs} is not ${expected}`);
    });
    return body.predictions[0].modelVersion;
  }

  /** Takes over trainings that were accepted while the answer was cut off: they go on, and promote what they make. */
  private async adopt(service: KilledService): Promise<void> {
    const { jobs } = (await service.insist<{ jobs: Job[] }>('GET', '/v1/jobs?device=board')).body;
    for (const { id } of jobs) {
      if (this.jobs.includes(id)) continue;
      this.jobs.push(id);
      this.promoting.add(id);
    }
  }

  /** Checks that the service has all it has acknowledged, and nothing by halves. */
  async check(service: KilledService): Promise<void> {
    await this.adopt(service);
    const seen = new Map<string, number>();
    for (let next: number | null = 0; next !== null; ) {
      const path = `${DEVICE}/measurements?limit=10000&after=${next}`;
      const page: Answer<Page> = await service.insist('GET', path);
      for (const { key } of page.body.measurements) seen.set(key, (seen.get(key) ?? 0) + 1);
      next = page.body.next;
    }
    for (let k = 0; k < this.uploads; k++) assert.equal(seen.get(`upload ${k}`), ROWS, `upload ${k}`);
    const unacknowledged = seen.size - this.uploads;
    assert.ok(unacknowledged === 0 || unacknowledged === 1);
    if (unacknowledged === 1) assert.equal(seen.get(`upload ${this.uploads}`), ROWS, 'whole or not at all');
    // The client does not know whether it was kept, so it sends it again.
    await this.upload(service);

    for (const id of this.jobs) {
      const { status, body } = await service.insist<Job>('GET', `/v1/jobs/${id}`);
      assert.equal(status, 200, `job ${id} is gone`);
      assert.ok(['queued', 'running', 'succeeded', 'failed'].includes(body.state));
    }
    for (const [id, seen] of this.searches) {
      const { status, body } = await service.insist<Search>('GET', `/v1/searches/${id}`);
      assert.equal(status, 200, `search ${id} is gone`);
      assert.ok(body.trained >= seen, `search ${id} had trained ${seen}, now ${body.trained}`);
      for (const { architecture, accuracy } of body.points)
        assert.equal(accuracy, ACCURACY.get(architecture));
    }
    const { serving } = (await service.insist<Versions>('GET', `${DEVICE}/versions`)).body;
    const may = [...this.mayServe];
    for (const id of this.promoting) {
      const { result } = (await service.insist<Job>('GET', `/v1/jobs/${id}`)).body;
      if (result) may.push(result.version);
    }
    assert.ok(may.includes(serving), `${serving} serves, not ${may.join(' or ')}`);
    await this.predict(service);
  }

  /** Waits until no job can change what serves any more, and notes what that is. */
  async settle(service: KilledService): Promise<void> {
    await this.jobsEnd(service);
    this.promoting.clear();
    const { serving } = (await service.insist<Versions>('GET', `${DEVICE}/versions`)).body;
    assert.equal(await this.predict(service), serving);
    this.mayServe.clear();
    this.mayServe.add(serving);
  }

  /**
   * Waits until every search is over: each comes to its end, however often it was cut off, unless that was five times
   * before it had begun.
   *
   * @returns how many have come to their end
   */
  async searchesEnd(service: KilledService): Promise<number> {
    let succeeded = 0;
    for (const id of this.searches.keys()) {
      let search: Search;
      for (;;) {
        search = (await service.insist<Search>('GET', `/v1/searches/${id}`)).body;
        if (search.state !== 'queued' && search.state !== 'running') break;
        await sleep(100);
      }
      if (search.state === 'failed') {
        assert.match(search.error!, CUT_OFF);
        continue;
      }
      succeeded++;
      assert.deepEqual([search.state, search.trained], ['succeeded', BUDGET], String(search.error));
      assert.equal(new Set(search.points.map(({ architecture }) => architecture)).size, BUDGET);
    }
    return succeeded;
  }

  /** Waits until every job is over. */
  async jobsEnd(service: KilledService): Promise<Job[]> {
    const ended: Job[] = [];
    for (const id of this.jobs) {
      for (;;) {
        const { body } = await service.insist<Job>('GET', `/v1/jobs/${id}`);
        if (body.state !== 'queued' && body.state !== 'running') {
          ended.push(body);
          break;
        }
        await sleep(100);
      }
    }
    return ended;
  }
}

for (const kind of ['embedded', 'postgresql'] as const) {
  const skip = kind === 'postgresql' && noPostgres;

  test(`killed ${KILLS} times while uploading, training, promoting and searching, a service (store: ${kind}) loses nothing it has acknowledged`, {
    skip,
  }, async (t) => {
    const folder = temporaryFolder();
    const postgres = kind === 'postgresql' ? await PostgresServer.start() : undefined;
    let service: KilledService | undefined;
    t.after(async () => {
      await service?.kill();
      await postgres?.stop();
    });
    const [models, data] = [join(folder, 'models'), join(folder, 'data')];
    await mkdir(models);
    const databaseUrl = await postgres?.database();
    const start = () => KilledService.start(models, data, databaseUrl);

    const startedMs = performance.now();
    // Before anything is kept: cut off while the store is made.
    const random = new Random(1);
    service = start();
    await sleep(500 + random.integer(1500));
    await service.kill();

    service = start();
    const client = new Client(random);
    await client.upload(service);
    const first = await service.insist<Job>('POST', `${DEVICE}/train`, { predictor: 'lookup' });
    client.jobs.push(first.body.id);

    for (let kill = 0; kill < KILLS; kill++) {
      const by = kill % 2 === 0 ? 'client' : 'jobs';
      if (by === 'client') await client.settle(service);
      const busy = client.keepBusy(service, by);
      busy.catch(() => {});
      // On a busy machine too there is a search to lose.
      await Promise.race([busy, client.untilSearching()]);
      await sleep(random.integer(2500));
      await service.kill();
      await busy;
      if (kill % 4 === 3) {
        service = start();
        await sleep(random.integer(2000));
        await service.kill();
      }
      service = start();
      await client.check(service);
    }
    const jobs = await client.jobsEnd(service);
    const searched = await client.searchesEnd(service);
    assert.ok(searched > 0);
    for (const { state, error } of jobs) {
      if (state === 'failed') assert.match(error!, CUT_OFF);
    }
    await client.check(service);
    const trainings = (wanted: string) => jobs.filter(({ state }) => state === wanted);
    const resumed = trainings('succeeded').filter(({ attempt }) => attempt > 1);
    t.diagnostic(
      [
        `${KILLS} kills in ${((performance.now() - startedMs) / 1000).toFixed(0)} s`,
        `${client.uploads} uploads acknowledged, 0 lost`,
        `${client.searches.size} searches: ${searched} succeeded`,
        `${jobs.length} trainings: ${trainings('succeeded').length} succeeded, ${resumed.length} of them resumed; ${trainings('failed').length} failed`,
      ].join('; '),
    );
  });
}
