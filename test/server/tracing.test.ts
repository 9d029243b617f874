import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { packageRoot } from '../../src/base/package-root.js';
import { version } from '../../src/base/version.js';
import { temporaryFolder } from '../temporary-folder.js';
import { saveAdditiveDevice } from './additive-device.js';
import { measuredCells } from './measured-cells.js';

/** As OTLP has it in JSON. */
interface SpanData {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
  readonly status: { code: number; message?: string };
}
interface Exported {
  resourceSpans: { resource: Pick<SpanData, 'attributes'>; scopeSpans: { spans: SpanData[] }[] }[];
}

const SERVER = 2;
const CLIENT = 3;
const ERROR = 2;

const told = ({ attributes }: Pick<SpanData, 'attributes'>): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));

/** What stands for a collector: it keeps the spans that come. */
async function collector(t: TestContext) {
  const spans: SpanData[] = [];
  const resources: Record<string, unknown>[] = [];
  const server = createServer(async (request, response) => {
    const { resourceSpans } = (await json(request)) as Exported;
    for (const { resource, scopeSpans } of resourceSpans) {
      resources.push(told(resource));
      spans.push(...scopeSpans.flatMap((scope) => scope.spans));
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  return { spans, resources, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** `tempograph serve` with a variable of the environment; its address. */
async function serve(t: TestContext, variables: Record<string, string>) {
  const folder = temporaryFolder();
  const models = join(folder, 'models');
  await saveAdditiveDevice(models, 'board', 1);
  const script = `const { main } = await import('./dist/cli/main.js'); await main(process.argv.slice(1));`;
  const args = ['serve', '--port', '0', '--models', models, '--data', join(folder, 'data')];
  const service = spawn(process.execPath, ['--input-type=module', '--eval', script, '--', ...args], {
    cwd: packageRoot,
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(service, 'exit');
  t.after(() => service.kill('SIGKILL'));
  const [line] = await Promise.race([once(service.stdout, 'data'), exited]);
  return {
    url: String(line).match(/http:\S+/)?.[0] ?? assert.fail(`it says ${line}`),
    async stop() {
      service.kill('SIGTERM');
      assert.deepEqual(await exited, [0, null]);
    },
  };
}

const missing = await import('@fastify/otel' as string).then(
  () => undefined,
  () => 'what traces need is not installed (npm run tracing)',
);

test('a request is a span, with its predictions, queries and the job it began', {
  skip: missing,
}, async (t) => {
  const { spans, resources, url: endpoint } = await collector(t);
  const { url, stop } = await serve(t, {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=lab',
  });
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const caller = '00f067aa0ba902b7';
  const post = async (path: string, body: object) => {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', traceparent: `00-${traceId}-${caller}-01` },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json() };
  };
  const cells = measuredCells(40, 1);
  const architectures = cells.map(({ architecture }) => architecture);
  await post('/v1/predict', { device: 'board', architectures, track: true });
  assert.equal((await post('/v1/predict', { device: 'nobody', architectures })).status, 404);
  await post('/v1/devices/board/measurements', { key: 'a', measurements: cells });
  const job = (await post('/v1/devices/board/train', { predictor: 'lookup' })).body;
  await (await fetch(`${url}/v1/jobs/${job.id}/events`)).text();
  // What was not sent yet is sent when the service ends.
  await stop();

  const [resource] = resources;
  assert.deepEqual(
    [resource['service.name'], resource['service.version'], resource['deployment.environment.name']],
    ['tempograph', version, 'lab'],
  );
  const predicts = spans.filter(({ name }) => name === 'POST /v1/predict');
  const [good, refused] = predicts;
  assert.equal(predicts.length, 2);
  assert.deepEqual([good.traceId, good.parentSpanId, good.kind], [traceId, caller, SERVER]);
  assert.deepEqual(
    predicts.map((span) => [told(span)['http.route'], told(span)['http.response.status_code']]),
    [
      ['/v1/predict', 200],
      ['/v1/predict', 404],
    ],
  );
  assert.notEqual(good.status.code, ERROR);
  const within = (span: SpanData) => spans.filter(({ parentSpanId }) => parentSpanId === span.spanId);
  const [predict] = within(good).filter(({ name }) => name === 'predict');
  assert.deepEqual([told(predict).device, told(predict).architectures], ['board', 40]);
  const [insert] = within(good).filter(({ name }) => name === 'INSERT');
  assert.equal(insert.kind, CLIENT);
  assert.match(String(told(insert)['db.query.text']), /^INSERT INTO prediction .*unnest\(\$1::uuid\[\]/s);
  assert.ok(!JSON.stringify(spans).includes(architectures[0]), 'no values are told');
  assert.deepEqual(within(refused), []);
  const [train] = spans.filter(({ name }) => name === 'job train');
  assert.deepEqual([told(train)['job.id'], told(train).device], [job.id, 'board']);
  assert.equal(train.parentSpanId, undefined);
});

test('why traces that were asked for are not sent is said in a line', () => {
  // As where the package is not installed.
  const hooks = `export const resolve = (name, context, next) => {
    if (name === '@fastify/otel') throw Object.assign(new Error(name), { code: 'ERR_MODULE_NOT_FOUND' });
    return next(name, context); };`;
  const url = (script: string) => `data:text/javascript,${encodeURIComponent(script)}`;
  const without = url(`import { register } from 'node:module'; register(${JSON.stringify(url(hooks))});`);
  const script = `
    import { startTracing } from './dist/server/tracing/start.js';
    if (await startTracing((why) => console.log(why))) throw new Error('traces are sent');`;
  const said = (variables: Record<string, string>) =>
    execFileSync(process.execPath, ['--import', without, '--input-type=module', '--eval', script], {
      cwd: packageRoot,
      env: { ...process.env, ...variables },
      encoding: 'utf8',
    });
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
  assert.match(
    said(endpoint),
    /^no traces are sent: install .* `npm run tracing`, or `npm install \S+.*`\n$/,
  );
  assert.match(
    said({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }),
    /^no traces are sent: they go over HTTP, not by grpc \(OTEL_EXPORTER_OTLP_PROTOCOL\)\n$/,
  );
  assert.equal(said({ ...endpoint, OTEL_SDK_DISABLED: 'true' }), '');
  assert.equal(said({}), '');
});
