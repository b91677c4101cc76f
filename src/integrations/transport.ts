import type { MessageContent } from "../domain/messages/index.ts";
import type { UserPool } from "../domain/user-pools/index.ts";

/** Carries messages of one channel out of the server. */
export interface Transport {
  /** Rejects when the message could not be handed over; the outbox then tries again. */
  send(pool: UserPool, message: MessageContent): Promise<void>;
}
