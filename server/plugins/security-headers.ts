import helmet from '@fastify/helmet';
import fp from 'fastify-plugin';

/** Headers with which a browser distrusts everything that is not ours. */
export const securityHeaders = fp(async (app) => {
  await app.register(helmet, {
    // The service speaks plain HTTP; whoever puts TLS before it adds this header there.
    strictTransportSecurity: false,
    contentSecurityPolicy: {
      directives: { upgradeInsecureRequests: null, scriptSrc: ["'self'"], imgSrc: ["'self'", 'data:'] },
    },
  });
});
