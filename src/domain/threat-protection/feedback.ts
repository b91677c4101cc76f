import type { FeedbackValueType } from "../../api/generated/shapes.ts";
import { fromBase64Url } from "../../crypto/base64url.ts";
import { SealBroken } from "../../crypto/encryption-at-rest.ts";
import { after, DAY } from "../../runtime/clock.ts";
import { authEventNotFound, feedbackTokenInvalid } from "../errors.ts";
import type { Services } from "../services.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { User } from "../users/index.ts";
import { announceEvent } from "./auth-event.ts";
import type { AuthEvent } from "./ports.ts";

/** How long a mail's token can be answered with. */
const TOKEN_VALIDITY_MS = 30 * DAY;

const place = (user: Pick<User, "key">, eventId: string): string => `auth_event|${user.key}|${eventId}`;

/** What a mail carries for its reader to say whether it was them: good for this event of this user only. */
export const feedbackToken = (
  services: Pick<Services, "keyEncryptionKey" | "clock">,
  pool: UserPool,
  user: Pick<User, "key">,
  event: Pick<AuthEvent, "id">,
): string =>
  services.keyEncryptionKey
    .dataKey(pool.id, pool.wrappedDataKey)
    .seal(
      "feedback-token",
      place(user, event.id),
      Buffer.from(String(after(services.clock.now(), TOKEN_VALIDITY_MS))),
    )
    .toString("base64url");

/**
 * Checks the token that a mail about this event carried.
 * @throws NotAuthorizedException
 */
export function requireFeedbackToken(
  services: Pick<Services, "keyEncryptionKey" | "clock">,
  pool: UserPool,
  user: Pick<User, "key">,
  eventId: string,
  token: string,
): void {
  const sealed = fromBase64Url(token);
  if (!sealed) throw feedbackTokenInvalid();
  try {
    const expiresAt = services.keyEncryptionKey
      .dataKey(pool.id, pool.wrappedDataKey)
      .open("feedback-token", place(user, eventId), sealed)
      .toString();
    if (Number(expiresAt) <= services.clock.now()) throw feedbackTokenInvalid();
  } catch (fault) {
    if (fault instanceof SealBroken) throw feedbackTokenInvalid();
    throw fault;
  }
}

/**
 * Says of an event whether it was the user. Later sign-ins are compared with it.
 * @throws ResourceNotFoundException
 */
export async function giveFeedback(
  services: Pick<Services, "store" | "clock" | "logDelivery">,
  pool: UserPool,
  user: User,
  eventId: string,
  feedback: { readonly value: FeedbackValueType; readonly provider: "Admin" | "User" },
): Promise<void> {
  const at = services.clock.now();
  const event = await services.store.authEvents.giveFeedback(user.key, eventId, { ...feedback, at });
  if (!event) throw authEventNotFound();
  announceEvent(services, pool, user, event);
}
