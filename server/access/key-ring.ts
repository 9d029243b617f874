import type { Caller } from '../../api/role.js';
import { InputError } from '../../src/base/errors.js';
import { keyHash, keysByHash } from '../store/keys.js';
import type { OpenStore, Store } from '../store/store.js';

/** How often to look for keys that other processes have added or removed, ms. */
const LOOK_EVERY_MS = 2000;
/** An unknown key may be new, so it is looked up at once, but not more often than this, ms. */
const LOOK_AGAIN_AFTER_MS = 500;
/** Least characters of a key from the environment: 32 are at least 128 bits in any encoding. */
const LEAST_LENGTH = 32;

/** Keeps the hashes of all keys in memory, so that requests are authorised without asking the store. */
export class KeyRing {
  private readonly fromEnvironment: readonly [hash: string, caller: Caller][];
  private byHash: ReadonlyMap<string, Caller>;
  private lookedAtMs = Number.NEGATIVE_INFINITY;
  private looking: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param adminKey an administrator's key that is not in the store
   * @throws InputError if that key is short enough to be guessed
   */
  constructor(
    private readonly store: Store | undefined,
    adminKey: string | undefined,
    onProblem: (message: string) => void,
  ) {
    if (adminKey !== undefined && adminKey.length < LEAST_LENGTH) {
      throw new InputError(
        `the administrator's key has ${adminKey.length} characters; give it ${LEAST_LENGTH} or more random ones (openssl rand -base64 32)`,
        { field: 'TEMPOGRAPH_ADMIN_KEY' },
      );
    }
    const environment: Caller = { id: 'environment', name: 'TEMPOGRAPH_ADMIN_KEY', role: 'admin' };
    this.fromEnvironment = adminKey === undefined ? [] : [[keyHash(adminKey), environment]];
    this.byHash = new Map(this.fromEnvironment);
    store?.onOpen((open) => {
      const look = () => this.look(open).catch((error: Error) => onProblem(error.message));
      look();
      clearInterval(this.timer);
      // No other process can change an embedded database.
      if (open.database.kind === 'postgresql') this.timer = setInterval(look, LOOK_EVERY_MS).unref();
    });
  }

  /** Whether there is an administrator's key that cannot be removed. */
  get hasFixedAdministrator(): boolean {
    return this.fromEnvironment.length > 0;
  }

  /** Who holds a key, if known without waiting. */
  known(key: string): Caller | undefined {
    return this.byHash.get(keyHash(key));
  }

  /**
   * Who holds an unknown key, which may just have been added.
   *
   * @throws ApiError 503 if the store has not been open yet
   */
  async find(key: string): Promise<Caller | undefined> {
    if (!this.store) return undefined;
    if (performance.now() - this.lookedAtMs >= LOOK_AGAIN_AFTER_MS) await this.look(await this.store.ready());
    return this.known(key);
  }

  /** Reloads the keys now, after a change that has to take effect at once. */
  async refresh(): Promise<void> {
    if (!this.store) return;
    const open = await this.store.ready();
    // A reload already under way may have missed the change.
    await this.looking?.catch(() => {});
    await this.look(open);
  }

  /**
   * Makes sure that somebody can use the service; a store that does not answer yet may have keys.
   *
   * @throws InputError saying how to add a key
   */
  async mustHaveAdministrator(): Promise<void> {
    if (this.fromEnvironment.length > 0) return;
    try {
      await this.refresh();
    } catch {
      return;
    }
    if ([...this.byHash.values()].some(({ role }) => role === 'admin')) return;
    throw new InputError(
      'there is no administrator’s API key, without which nobody could use the service: add one first with ' +
        '`tempograph keys add <name> --role admin`, or set TEMPOGRAPH_ADMIN_KEY',
    );
  }

  close(): void {
    clearInterval(this.timer);
  }

  private look(open: OpenStore): Promise<void> {
    this.looking ??= this.lookNow(open).finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  private async lookNow({ database }: OpenStore): Promise<void> {
    this.lookedAtMs = performance.now();
    this.byHash = new Map([...(await keysByHash(database)), ...this.fromEnvironment]);
  }
}
