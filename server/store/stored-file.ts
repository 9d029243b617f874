/** A file that is kept in the store. */
export interface StoredFile {
  readonly name: string;
  readonly content: Uint8Array;
}
