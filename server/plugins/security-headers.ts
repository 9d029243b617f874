import helmet from '@fastify/helmet';
import Fastify from 'fastify';
import fp from 'fastify-plugin';

/** The service speaks plain HTTP; a TLS proxy in front of it adds Strict-Transport-Security. */
const OPTIONS = {
  strictTransportSecurity: false,
  contentSecurityPolicy: {
    directives: { upgradeInsecureRequests: null, scriptSrc: ["'self'"], imgSrc: ["'self'", 'data:'] },
  },
};

/** The headers OWASP's REST Security Cheat Sheet asks for on data; each further one would slow answers down. */
const OF_DATA = ['content-security-policy', 'x-content-type-options', 'x-frame-options'];
const DATA = /^\/v\d/;

/**
 * Headers that make a browser distrust foreign content: Helmet's, computed once because they are the same for every
 * answer. Answers of the API have only those that matter for data.
 */
export const securityHeaders = fp(async (app) => {
  const all = await helmetHeaders();
  const ofData = Object.fromEntries(OF_DATA.map((name) => [name, all[name]]));
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(DATA.test(request.url) ? ofData : all);
    done();
  });
});

async function helmetHeaders(): Promise<Record<string, string>> {
  const probe = Fastify();
  await probe.register(helmet, OPTIONS);
  probe.get('/with', async () => '');
  probe.get('/without', { helmet: false }, async () => '');
  const [with_, without] = await Promise.all(['/with', '/without'].map((url) => probe.inject(url)));
  await probe.close();
  const added = Object.entries(with_.headers).filter(([name]) => !(name in without.headers));
  return Object.fromEntries(added.map(([name, value]) => [name, String(value)]));
}
