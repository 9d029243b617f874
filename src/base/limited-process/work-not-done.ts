const REASONS = {
  crowded: 'too many others wait',
  busy: 'too many of the same caller wait',
  slow: 'it takes too long',
  large: 'it takes too much memory',
};

/** Work that was refused or given up, with the reason. */
export class WorkNotDone extends Error {
  override readonly name = 'WorkNotDone';

  constructor(readonly reason: keyof typeof REASONS) {
    super(REASONS[reason]);
  }
}
