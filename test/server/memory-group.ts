import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = '/sys/fs/cgroup';
/** By the version of control groups. */
const FILES = {
  1: { limit: 'memory.limit_in_bytes', peak: 'memory.max_usage_in_bytes', events: 'memory.oom_control' },
  2: { limit: 'memory.max', peak: 'memory.peak', events: 'memory.events' },
};

/** Processes that together may have no more memory than a container of this limit: Linux ends one of them if they take more. */
export class MemoryGroup {
  private constructor(
    private readonly folder: string,
    private readonly files: (typeof FILES)[1],
  ) {}

  /** @returns undefined where this process may not make one */
  static create(name: string, bytes: number): MemoryGroup | undefined {
    const version = existsSync(join(ROOT, 'cgroup.controllers')) ? 2 : 1;
    const folder = join(ROOT, version === 1 ? 'memory' : '', name);
    const files = FILES[version];
    try {
      mkdirSync(folder);
      writeFileSync(join(folder, files.limit), `${bytes}`);
      return new MemoryGroup(folder, files);
    } catch {
      return undefined;
    }
  }

  /** A command that does another in the group. */
  command(args: readonly string[]): string[] {
    const script = `echo $$ > ${join(this.folder, 'cgroup.procs')} && exec "$@"`;
    return ['sh', '-c', script, 'sh', ...args];
  }

  /** Processes that were ended for want of memory. */
  get ended(): number {
    return Number(/^oom_kill (\d+)$/m.exec(this.read(this.files.events))?.[1]);
  }

  /** The most that they had together, MiB; files that the system keeps in memory while there is room count too. */
  get peakMb(): number {
    return Number(this.read(this.files.peak)) / 2 ** 20;
  }

  /** Memory by what it is for, as the kernel has it now. */
  get statistics(): string {
    return this.read('memory.stat');
  }

  /** Removes the group when its processes have ended, which the first of them does not wait for. */
  async remove(): Promise<void> {
    while (this.read('cgroup.procs').trim() !== '') await sleep(50);
    rmdirSync(this.folder);
  }

  private read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }
}
