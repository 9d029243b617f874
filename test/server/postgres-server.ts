import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chown } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { temporaryFolder } from '../temporary-folder.js';

/** Why there is no PostgreSQL to test against; undefined if there is one. */
export const noPostgres: string | undefined = programs()
  ? undefined
  : 'PostgreSQL is not installed (on Debian: apt-get install postgresql)';

/** A PostgreSQL server of the tests' own, in a temporary folder, reached through a socket in it. */
export class PostgresServer {
  private databases = 0;
  private process: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    /** PostgreSQL refuses to run as root. */
    private readonly user: { uid: number; gid: number } | undefined,
  ) {}

  /** @param folder for its files; a temporary one by default */
  static async start(folder?: string): Promise<PostgresServer> {
    folder ??= temporaryFolder();
    const user = process.getuid?.() === 0 ? unprivileged() : undefined;
    if (user) await chown(folder, user.uid, user.gid);
    const server = new PostgresServer(folder, user);
    const settings = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--locale=C'];
    execFileSync(join(programs()!, 'initdb'), ['-D', server.data, ...settings], {
      ...user,
      cwd: folder,
      stdio: 'ignore',
    });
    await server.run();
    return server;
  }

  /** Starts the server again after `crash` or `kill`. */
  async run(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await this.runNow();
        return;
      } catch (error) {
        // It refuses while processes of the one that was killed still end.
        if (attempt === 50) throw error;
        await sleep(100);
      }
    }
  }

  private async runNow(): Promise<void> {
    const settings = ['listen_addresses=', `unix_socket_directories=${this.folder}`, 'fsync=off'];
    this.process = spawn(
      join(programs()!, 'postgres'),
      ['-D', this.data, ...settings.flatMap((setting) => ['-c', setting])],
      { ...this.user, cwd: this.folder, stdio: 'ignore' },
    );
    await this.answers();
  }

  /** Ends the server without a farewell to anybody, as a crash does. */
  async crash(): Promise<void> {
    await this.end('SIGQUIT');
  }

  /** Ends the server's first process; its others end when they notice. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  private async end(signal: 'SIGQUIT' | 'SIGKILL'): Promise<void> {
    const ended = once(this.process!, 'exit');
    this.process!.kill(signal);
    await ended;
  }

  /** URL of a fresh database. */
  async database(): Promise<string> {
    const name = `test${this.databases++}`;
    await this.asAdmin(`CREATE DATABASE ${name}`);
    return this.url(name);
  }

  async stop(): Promise<void> {
    await this.crash();
  }

  get data(): string {
    return join(this.folder, 'data');
  }

  /** Whether its first process has ended. */
  get hasEnded(): boolean {
    return this.process!.exitCode !== null || this.process!.signalCode !== null;
  }

  private url(database: string): string {
    return `postgresql://postgres@localhost/${database}?host=${encodeURIComponent(this.folder)}`;
  }

  private async answers(): Promise<void> {
    for (;;) {
      try {
        await this.asAdmin('SELECT 1');
        return;
      } catch (error) {
        if (this.hasEnded) throw error;
        await sleep(50);
      }
    }
  }

  private async asAdmin(sql: string): Promise<void> {
    const client = new pg.Client(this.url('postgres'));
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  }
}

/** The folder of PostgreSQL's server programs; Debian keeps them out of PATH. */
function programs(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

function unprivileged(): { uid: number; gid: number } {
  const number = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: number('-u'), gid: number('-g') };
}
