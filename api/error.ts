import { Type } from '#typebox';

/** The one shape of every error. */
export const ErrorAnswer = Type.Object(
  {
    error: Type.Object({
      code: Type.String({ description: 'Stable, for programs', examples: ['unknown_device'] }),
      message: Type.String({ description: 'For people: what is wrong, and what would be right' }),
      details: Type.Optional(
        Type.Array(Type.Object({ field: Type.Optional(Type.String()), message: Type.String() })),
      ),
    }),
  },
  { description: 'What is wrong, and what would be right' },
);

/** Error answers of a route: the client has to change something, or the service cannot do it now. */
export const ERRORS = { '4xx': ErrorAnswer, 503: ErrorAnswer } as const;
