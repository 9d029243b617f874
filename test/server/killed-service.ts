import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../src/base/package-root.js';

const SERVICE = `
  import { buildApp } from './dist/server/app.js';
  const [models, data, databaseUrl] = process.argv.slice(1);
  const app = await buildApp({ models, data, databaseUrl });
  console.log(await app.listen({ port: 0, host: '127.0.0.1' }));`;

/** How long a busy service is asked again, ms. */
const PATIENCE_MS = 300_000;

/** An answer's status, and its body parsed. */
export interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
}

/** A service in a process of its own, that can be killed. */
export class KilledService {
  private readonly url: Promise<string>;
  private readonly exited: Promise<unknown>;

  private constructor(private readonly process: ChildProcess) {
    this.exited = once(process, 'exit');
    this.url = new Promise((resolve, reject) => {
      const lines = createInterface({ input: process.stdout! });
      lines.once('line', resolve);
      // What went wrong inside, for whoever reads a test that failed.
      lines.on('line', (line) => line.includes('"level":50') && console.error(line));
      this.exited.then(() => reject(new Error('the service has ended')));
    });
    this.url.catch(() => {});
  }

  static start(
    models: string,
    data: string,
    databaseUrl?: string,
    environment: NodeJS.ProcessEnv = {},
  ): KilledService {
    const args = ['--input-type=module', '--eval', SERVICE, models, data];
    if (databaseUrl) args.push(databaseUrl);
    return new KilledService(
      spawn(process.execPath, args, {
        cwd: packageRoot,
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { ...process.env, ...environment },
      }),
    );
  }

  /** @throws Error if the service ends before it has answered */
  async ask<Body>(method: string, path: string, body?: object): Promise<Answer<Body>> {
    const response = await fetch((await this.url) + path, {
      method,
      body: body && JSON.stringify(body),
      headers: body && { 'content-type': 'application/json' },
    });
    return { status: response.status, body: (await response.json()) as Body };
  }

  /**
   * Asks again for as long as the service says that it has no time or no store yet, as its clients do.
   *
   * @throws Error if the service ends before it has answered
   */
  async insist<Body>(method: string, path: string, body?: object): Promise<Answer<Body>> {
    for (const deadline = performance.now() + PATIENCE_MS; ; await sleep(500)) {
      const answer = await this.ask<Body>(method, path, body);
      if (answer.status !== 503 || performance.now() > deadline) return answer;
    }
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.exited;
  }
}
