import { existsSync, readFileSync, rmSync } from 'node:fs';
import writeFileAtomic from 'write-file-atomic';
import { type Static, Type } from '#typebox';
import { Check } from '#typebox/schema';
import { InputError } from '../src/base/errors.js';
import { FleetMeasurement } from './fleet-client.js';

/** Measurements of one claim, and the key under which they are sent, however often. */
const Parcel = Type.Object({
  device: Type.String(),
  key: Type.String(),
  measurements: Type.Array(FleetMeasurement, { minItems: 1 }),
});
export type Parcel = Static<typeof Parcel>;

/** Keeps measurements on disk, one parcel at a time, until the service has them. */
export class Outbox {
  constructor(readonly path: string) {}

  /**
   * Measurements an earlier worker could not send.
   * @throws InputError if the file holds something else, or measurements of another device
   */
  unsent(device: string): Parcel | undefined {
    if (!existsSync(this.path)) return undefined;
    let parcel: unknown;
    try {
      parcel = JSON.parse(readFileSync(this.path, 'utf8'));
    } catch {
      parcel = undefined;
    }
    if (!Check(Parcel, parcel)) {
      throw new InputError('it does not hold unsent measurements', { file: this.path });
    }
    if (parcel.device !== device) {
      throw new InputError(`it holds unsent measurements of device ${parcel.device}, not ${device}`, {
        file: this.path,
      });
    }
    return parcel;
  }

  put(parcel: Parcel): void {
    writeFileAtomic.sync(this.path, `${JSON.stringify(parcel)}\n`);
  }

  clear(): void {
    rmSync(this.path, { force: true });
  }
}
