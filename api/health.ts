import { Type } from '#typebox';

export const HealthAnswer = Type.Object({ status: Type.Literal('ok') });

export const ReadyAnswer = Type.Object({
  status: Type.Literal('ready'),
  devices: Type.Integer({ description: 'Devices that can be predicted' }),
  problems: Type.Array(Type.Object({ folder: Type.String(), message: Type.String() }), {
    description: 'Folders of predictors that cannot be served',
  }),
  store: Type.Object(
    {
      state: Type.Union([
        Type.Literal('opening'),
        Type.Literal('ready'),
        Type.Literal('failed'),
        Type.Literal('off'),
      ]),
      kind: Type.Optional(Type.Union([Type.Literal('embedded'), Type.Literal('postgresql')])),
      message: Type.Optional(Type.String({ description: 'Why it failed' })),
    },
    { description: 'Where measurements, versions and jobs are kept; predictions do not need it' },
  ),
});
