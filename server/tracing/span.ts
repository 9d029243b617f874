import { type Attributes, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

/** OpenTelemetry's tracer; its spans have no effect unless `startTracing` has run. */
const tracer = () => trace.getTracer('tempograph');

/** Runs something as a span of the traced request, if there is one. */
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

/** A span outside any request; the caller must end it. */
export function rootSpan(name: string, attributes: Attributes): Span {
  return tracer().startSpan(name, { attributes, kind: SpanKind.INTERNAL, root: true });
}

/** Records an error in a span. */
export function failed(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).message });
}
