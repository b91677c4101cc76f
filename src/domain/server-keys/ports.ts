/** The key of the server as a whole, wrapped under the key-encryption key. */
export interface ServerKeys {
  find(): Promise<Uint8Array | null>;
  /** Reads it for a change: in a transaction, no one else changes it until the end. */
  lock(): Promise<Uint8Array | null>;
  /** Keeps the key unless there is one; several nodes may try at once. */
  insertFirst(wrapped: Uint8Array): Promise<void>;
  save(wrapped: Uint8Array): Promise<void>;
}
