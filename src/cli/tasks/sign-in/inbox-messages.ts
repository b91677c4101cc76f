import { type Connection, Unreachable } from "../../connection/connection.ts";
import { UsageFault } from "../../connection/task.ts";

const TIMEOUT_MS = 10_000;

/** A message of the development inbox. */
export interface InboxMessage {
  readonly id: string;
  /** Epoch seconds, by the server's clock. */
  readonly sentAt: number;
  readonly channel: "EMAIL" | "SMS";
  readonly to: string;
  readonly userPoolId: string;
  readonly username: string;
  /** Such as ForgotPassword. */
  readonly kind: string;
  /** The code or the temporary password. */
  readonly code: string;
  readonly subject: string | null;
  readonly body: string;
}

/** @returns newest first @throws UsageFault when the server has no inbox, Unreachable */
export async function readInbox(
  { endpoint }: Pick<Connection, "endpoint">,
  filter: { readonly userPoolId?: string; readonly to?: string },
): Promise<InboxMessage[]> {
  const url = new URL(`/_dev/messages?${new URLSearchParams(filter)}`, endpoint);
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((fault: Error) => {
    const { message } = fault.cause instanceof Error ? fault.cause : fault;
    throw new Unreachable(`${endpoint.origin} cannot be reached: ${message}`);
  });
  if (!response.ok)
    throw new UsageFault(
      `${endpoint.origin} has no inbox: only a server in development mode keeps messages ("cognate start --dev"); others send them`,
    );
  return (await response.json()) as InboxMessage[];
}
