import { Type } from 'typebox';

export const HealthAnswer = Type.Object({ status: Type.Literal('ok') });

export const ReadyAnswer = Type.Object({
  status: Type.Literal('ready'),
  devices: Type.Integer({ description: 'Devices that can be asked about' }),
  problems: Type.Array(Type.Object({ folder: Type.String(), message: Type.String() }), {
    description: 'Folders of predictors that cannot be served',
  }),
});
