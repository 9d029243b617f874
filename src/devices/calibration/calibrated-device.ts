import { type Static, Type } from '#typebox';

/** A serialised analytic device: its model and constants. */
export const CalibratedDevice = Type.Object({
  /** `dpu:my_board` */
  id: Type.String({ minLength: 1 }),
  description: Type.String(),
  /** Name of the device model, as registered. */
  model: Type.String(),
  /** In the units of the model's parameters. Missing ones keep the model's own value. */
  parameters: Type.Record(Type.String(), Type.Number()),
});
export type CalibratedDevice = Static<typeof CalibratedDevice>;
