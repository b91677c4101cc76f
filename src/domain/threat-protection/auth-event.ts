import type { Instant } from "../../runtime/clock.ts";
import type { Client } from "../clients/index.ts";
import { logRecord } from "../log-delivery/index.ts";
import type { Services } from "../services.ts";
import type { Repositories } from "../store.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { User } from "../users/index.ts";
import { eventContext } from "./event-context.ts";
import type { AuthEvent, EventContext } from "./ports.ts";
import { protectionMode } from "./risk-configuration.ts";

/** Where something happens that is worth an event. */
export interface WatchedPlace {
  readonly pool: UserPool;
  readonly client: Client;
  readonly userContext?: EventContext | undefined;
}

export const contextOf = ({ userContext }: WatchedPlace): EventContext =>
  userContext ?? eventContext({ ipAddress: undefined, requestId: "" });

type EventServices = Pick<Services, "clock" | "identifiers">;

/** A new event of a user. */
export const newEvent = (
  services: EventServices,
  place: WatchedPlace,
  user: Pick<User, "key">,
  event: Pick<AuthEvent, "type" | "response"> & Partial<Pick<AuthEvent, "id" | "risk" | "challenges">>,
): AuthEvent => ({
  key: services.identifiers.key(),
  id: services.identifiers.uuid(),
  userKey: user.key,
  clientId: place.client.id,
  risk: { decision: "NoRisk", level: null, compromised: false },
  challenges: [],
  context: contextOf(place),
  feedback: null,
  createdAt: services.clock.now(),
  ...event,
});

/**
 * Records what a user did, in the transaction of what was done; nothing in pools that do not watch over threats.
 * @returns the event to announce after the commit
 */
export async function recordEvent(
  services: EventServices,
  repositories: Pick<Repositories, "authEvents">,
  place: WatchedPlace,
  user: Pick<User, "key">,
  event: Parameters<typeof newEvent>[3],
): Promise<AuthEvent | null> {
  if (protectionMode(place.pool) === "OFF") return null;
  const recorded = newEvent(services, place, user, event);
  await repositories.authEvents.insert(recorded);
  return recorded;
}

/** Ends the newest event of this type that is in progress, or records a new one where there is none. */
export async function settleEvent(
  services: EventServices,
  repositories: Pick<Repositories, "authEvents">,
  place: WatchedPlace,
  user: Pick<User, "key">,
  event: Parameters<typeof newEvent>[3],
): Promise<AuthEvent | null> {
  if (protectionMode(place.pool) === "OFF") return null;
  const open = await repositories.authEvents.findOpen(user.key, event.type);
  if (!open) return recordEvent(services, repositories, place, user, event);
  const { response, challenges = open.challenges } = event;
  return repositories.authEvents.settle(user.key, open.id, { response, challenges });
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (number: number): string => String(number).padStart(2, "0");

/** `Wed Jul 17 17:25:55 UTC 2024`: how Cognito writes times into logs and mails. */
export function writtenTime(instant: Instant): string {
  const date = new Date(instant);
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(":");
  const day = `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${two(date.getUTCDate())}`;
  return `${day} ${time} UTC ${date.getUTCFullYear()}`;
}

const LOGGED_DECISION = { NoRisk: "PASS", AccountTakeover: "ACCOUNT_TAKEOVER", Block: "BLOCK" } as const;

/** The message of an event's line in the exported log: texts all, empty where there is nothing to say. */
const loggedEvent = (pool: UserPool, user: Pick<User, "sub" | "username">, event: AuthEvent) => ({
  version: "1",
  eventId: event.id,
  eventType: event.type,
  userSub: user.sub,
  userName: user.username,
  userPoolId: pool.id,
  clientId: event.clientId,
  creationDate: writtenTime(event.createdAt),
  eventResponse: event.response,
  riskLevel: event.risk.level ?? "",
  riskDecision: LOGGED_DECISION[event.risk.decision],
  challenges: event.challenges.map(({ name, result }) => `${name}:${result}`),
  deviceName: event.context.deviceName,
  ipAddress: event.context.ipAddress ?? "",
  requestId: event.context.requestId,
  idpName: "",
  compromisedCredentialDetected: String(event.risk.compromised),
  city: event.context.city ?? "",
  country: event.context.country ?? "",
  eventFeedbackValue: event.feedback?.value ?? "",
  eventFeedbackDate: event.feedback ? writtenTime(event.feedback.at) : "",
  eventFeedbackProvider: event.feedback?.provider ?? "",
  hasContextData: String(event.context.hasContext),
});

/** Hands an event to the pool's log. Call it after the commit; it holds nothing up. */
export function announceEvent(
  services: Pick<Services, "clock" | "logDelivery">,
  pool: UserPool,
  user: Pick<User, "sub" | "username">,
  event: AuthEvent | null,
): void {
  if (!event) return;
  const message = loggedEvent(pool, user, event);
  services.logDelivery.offer(pool.key, logRecord(services.clock, pool, "USER_ACTIVITY", message));
}
