import { type MessageRequest, queueMessage, type SendMessage } from "../messages/index.ts";
import type { Services } from "../services.ts";
import type { Repositories } from "../store.ts";
import type { User } from "../users/index.ts";
import { NO_CLIENT, type Occasion } from "./trigger.ts";
import { customMessage, hasCustomMessage } from "./triggers/custom-message.ts";

/**
 * A transaction that may send messages. They are part of it, unless a CustomMessage function must be asked for their words: such a
 * message joins the outbox after the commit, since a transaction never waits for the network. When the function fails, what was
 * committed stays and the caller gets the error, as on AWS. For a name that no user has no function is asked, as on AWS; the rest of
 * the work is done.
 * @throws what `work` throws, and what CustomMessage makes of itself
 */
export async function transactionWithMessages<T>(
  services: Services,
  occasion: Occasion,
  work: (repositories: Repositories, send: SendMessage) => Promise<T>,
): Promise<T> {
  const { pool, client, call } = occasion;
  const origin = {
    clientId: client?.id ?? NO_CLIENT,
    awsSdkVersion: call.awsSdkVersion,
    clientMetadata: call.clientMetadata,
  };
  let sent = 0;
  let waiting: { user: User; request: MessageRequest }[] = [];
  const result = await services.store.transaction((repositories) => {
    sent = 0;
    waiting = [];
    return work(repositories, async (to, request) => {
      sent++;
      const asks = to.key !== null && hasCustomMessage(pool, request.destination.channel);
      if (asks) waiting.push({ user: to, request });
      else await queueMessage(services, repositories, pool, to, { ...request, text: null, origin });
    });
  });
  for (const { user, request } of waiting) {
    const text = await customMessage(services, occasion, user, request.kind, request.destination.channel);
    await queueMessage(services, services.store, pool, user, { ...request, text, origin });
  }
  if (sent > 0) services.wakeOutbox();
  return result;
}
