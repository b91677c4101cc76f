/** What came of one attempt to call a function. */
export type Invocation =
  /** The function answered JSON, whatever it says. */
  | { readonly kind: "answered"; readonly payload: unknown }
  /** What it answered is not JSON. */
  | { readonly kind: "not-json" }
  /** More than a function may answer. */
  | { readonly kind: "too-large" }
  /** The function threw. */
  | { readonly kind: "failed"; readonly message: string }
  /** The call was refused, in the words of Lambda's error codes; `retryable` when another attempt may go better. */
  | { readonly kind: "refused"; readonly code: string; readonly retryable: boolean }
  /** No function under this name that the operator allows to be called, or none where it should be. */
  | { readonly kind: "misconfigured" }
  /** No answer in time. */
  | { readonly kind: "timed-out" };

/** Whether the answer is waited for and matters, or the function only has to be told. */
export type InvocationMode = "request" | "event";

/** Reaches functions by their ARNs: only those that the operator has mapped to something. Never rejects. */
export interface TriggerInvoker {
  /** One attempt, with its own time limit. */
  invoke(arn: string, event: object, mode: InvocationMode): Promise<Invocation>;
}

/** A key that custom senders get codes under. */
export interface CodeEncryption {
  /**
   * The text as an AWS Encryption SDK message, base64.
   * @throws Error when the operator has not mapped the key, or its service does not answer
   */
  encrypt(keyArn: string, context: Readonly<Record<string, string>>, text: string): Promise<string>;
}
