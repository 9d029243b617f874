import { type Static, Type } from '#typebox';

/** An analytic device in writing: which model, and its constants. */
export const CalibratedDevice = Type.Object({
  /** `dpu:my_board` */
  id: Type.String({ minLength: 1 }),
  description: Type.String(),
  /** Name in the registry of device models. */
  model: Type.String(),
  /** In the units of the model's parameters; those left out keep the model's own. */
  parameters: Type.Record(Type.String(), Type.Number()),
});
export type CalibratedDevice = Static<typeof CalibratedDevice>;
