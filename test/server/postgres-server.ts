import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** Why there is no PostgreSQL to test against; undefined if there is one. */
export const noPostgres: string | undefined = programs()
  ? undefined
  : 'PostgreSQL is not installed (on Debian: apt-get install postgresql)';

/** A PostgreSQL server of the tests' own, in a temporary folder, reached through a socket in it. */
export class PostgresServer {
  private databases = 0;

  private constructor(
    private readonly folder: string,
    private readonly process: ChildProcess,
  ) {}

  static async start(): Promise<PostgresServer> {
    const bin = programs()!;
    const folder = await mkdtemp(join(tmpdir(), 'tempograph-pg-'));
    // PostgreSQL refuses to run as root.
    const user = process.getuid?.() === 0 ? unprivileged() : undefined;
    if (user) await chown(folder, user.uid, user.gid);
    const data = join(folder, 'data');
    execFileSync(
      join(bin, 'initdb'),
      ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--locale=C'],
      { ...user, cwd: folder, stdio: 'ignore' },
    );
    const settings = ['fsync=off', 'listen_addresses=', `unix_socket_directories=${folder}`];
    const server = spawn(
      join(bin, 'postgres'),
      ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
      { ...user, cwd: folder, stdio: 'ignore' },
    );
    const started = new PostgresServer(folder, server);
    await started.answers();
    return started;
  }

  /** URL of a fresh database. */
  async database(): Promise<string> {
    const name = `test${this.databases++}`;
    await this.asAdmin(`CREATE DATABASE ${name}`);
    return this.url(name);
  }

  async stop(): Promise<void> {
    const ended = once(this.process, 'exit');
    this.process.kill('SIGINT');
    await ended;
    await rm(this.folder, { recursive: true, force: true });
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
        if (this.process.exitCode !== null) throw error;
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
