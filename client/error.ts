/** A refusal of the service, or its failure to answer. */
export class TempographError extends Error {
  override readonly name = 'TempographError';

  /**
   * @param status status of the answer; 0 if there was none
   * @param code stable, for programs: `unknown_device`; `no_answer` if there was none, `not_json` if it was not JSON
   * @param details one entry per problem, if there can be several
   */
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: readonly { readonly field?: string; readonly message: string }[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
