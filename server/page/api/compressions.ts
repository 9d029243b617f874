import type { CompressionAnswer, CompressionBody, CompressionsAnswer } from '../../../api/compressions.js';
import type { JobAnswer } from '../../../api/jobs.js';
import { ask, post } from './request.js';

export type Compression = CompressionAnswer;
export type CompressionSummary = CompressionsAnswer['compressions'][number];
export type Report = NonNullable<CompressionAnswer['report']>;
export type { CompressionBody, CompressionsAnswer };

export const compressionUrl = (id: string) => `/v1/compressions/${encodeURIComponent(id)}`;

export function fetchCompressions(): Promise<CompressionsAnswer> {
  return ask<CompressionsAnswer>('/v1/compressions');
}

export function fetchCompression(id: string): Promise<Compression> {
  return ask<Compression>(compressionUrl(id));
}

/** Starts the choice of ranks for a model. */
export function startCompression(body: CompressionBody): Promise<JobAnswer> {
  return post<JobAnswer>('/v1/compressions', body);
}

/** What a model's error, in percent, is a share of. */
export function errorName({ judgedBy }: Pick<Compression, 'judgedBy'>): string {
  return judgedBy === 'words' ? 'words wrong' : 'squared singular values lost';
}

/** The limits of a compression, in words. */
export function limitsText({ request }: Pick<Compression, 'request'>): string {
  const { maxParameters, maxLatencyMs, maxLoss, device } = request as Partial<CompressionBody>;
  return [
    maxParameters !== undefined && `at most ${percent(maxParameters)} of the parameters`,
    maxLatencyMs !== undefined && `at most ${maxLatencyMs} ms on ${device}`,
    maxLoss !== undefined && `at most ${maxLoss} points lost`,
  ]
    .filter(Boolean)
    .join(', ');
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}
