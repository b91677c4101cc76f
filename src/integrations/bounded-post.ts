/** What came back of a POST, within its limits. */
export type BoundedAnswer =
  | { readonly kind: "answer"; readonly status: number; readonly headers: Headers; readonly body: string }
  | { readonly kind: "too-large" }
  | { readonly kind: "timed-out" }
  /** No connection, or it broke; `reason` is the system's word for it. */
  | { readonly kind: "unreachable"; readonly reason: string };

/** One POST of JSON: no redirects, at most so many bytes and milliseconds for the whole answer. Never rejects. */
export async function post(
  request: { readonly url: URL; readonly headers: Readonly<Record<string, string>>; readonly body: string },
  limits: { readonly timeoutMs: number; readonly bytes: number },
): Promise<BoundedAnswer> {
  try {
    const response = await fetch(request.url, {
      method: "POST",
      redirect: "error",
      headers: request.headers,
      body: request.body,
      signal: AbortSignal.timeout(limits.timeoutMs),
    });
    const chunks: Uint8Array[] = [];
    let length = 0;
    // Leaving the loop early ends the download.
    for await (const chunk of response.body ?? []) {
      length += chunk.byteLength;
      if (length > limits.bytes) return { kind: "too-large" };
      chunks.push(chunk);
    }
    return {
      kind: "answer",
      status: response.status,
      headers: response.headers,
      body: Buffer.concat(chunks).toString("utf8"),
    };
  } catch (fault) {
    if (fault instanceof DOMException && fault.name === "TimeoutError") return { kind: "timed-out" };
    const cause = fault instanceof Error ? (fault.cause as NodeJS.ErrnoException | undefined) : undefined;
    return { kind: "unreachable", reason: cause?.code ?? "connection failed" };
  }
}
