import type { SearchBody } from '../../api/searches.js';
import { el, labelled } from '../../dom.js';
import { limitInput, optionalNumber } from '../inputs.js';

/** The weights of a pair's reward, and its limits other than latency. */
export class PairFields {
  readonly elements: HTMLElement[];
  private readonly weights = el('input', { value: '0.1, 0, 0.9', name: 'weights' });
  private readonly maxArea = limitInput();
  private readonly minAccuracy = el('input', {
    type: 'number',
    min: '0',
    max: '100',
    step: 'any',
    placeholder: 'none',
  });

  constructor() {
    this.elements = [
      labelled('Weights of area, latency, accuracy', this.weights),
      labelled('Area at most, mm²', this.maxArea),
      labelled('Accuracy at least, %', this.minAccuracy),
    ];
  }

  codesign(maxMs: number | undefined): SearchBody['codesign'] {
    const weights = this.weights.value
      .split(',')
      .map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
    if (weights.length !== 3 || weights.some(Number.isNaN)) {
      throw new Error('Weights must be three numbers that add up to 1, as in 0.1, 0, 0.9.');
    }
    return {
      weights,
      maxMs,
      maxAreaMm2: optionalNumber(this.maxArea),
      minAccuracyPercent: optionalNumber(this.minAccuracy),
    };
  }
}
