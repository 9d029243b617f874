import { type Attributes, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

/** OpenTelemetry's spans: nothing is made of them unless `startTracing` has run. */
const tracer = () => trace.getTracer('tempograph');

/** Does something as a part of the request that is being traced, if one is. */
export function spanned<T>(name: string, attributes: Attributes, body: () => Promise<T>): Promise<T> {
  if (!trace.getActiveSpan()) return body();
  const kind = 'db.system.name' in attributes ? SpanKind.CLIENT : SpanKind.INTERNAL;
  return tracer().startActiveSpan(name, { attributes, kind }, async (span) => {
    try {
      return await body();
    } catch (error) {
      failed(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** A span of something that no request waits for, to be ended by who began it. */
export function rootSpan(name: string, attributes: Attributes): Span {
  return tracer().startSpan(name, { attributes, kind: SpanKind.INTERNAL, root: true });
}

/** Says in a span what went wrong. */
export function failed(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).message });
}
