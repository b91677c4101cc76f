import type { AccountTakeoverActionType, RiskLevelType } from "../../api/generated/shapes.ts";
import {
  addressBlocked,
  blockedBySecurity,
  compromisedPasswordReset,
  passwordCompromised,
  type ServiceError,
} from "../errors.ts";
import type { Services } from "../services.ts";
import type { Repositories } from "../store.ts";
import type { User } from "../users/index.ts";
import { inRanges } from "./address-ranges.ts";
import { announceEvent, contextOf, newEvent, type WatchedPlace } from "./auth-event.ts";
import { notifyUser } from "./notice.ts";
import type { AuthEvent, ChallengeOutcome, EventRisk, RiskSettings } from "./ports.ts";
import {
  blocksCompromised,
  type CompromisedEvent,
  effectiveRisk,
  type ProtectionMode,
  protectionMode,
  watchesCompromised,
} from "./risk-configuration.ts";
import { HISTORY_LENGTH, riskLevel, signalsOf } from "./risk-score.ts";

/** What a risk makes a sign-in owe beyond what the pool asks of everyone. */
export type SecondFactorDemand = "none" | "if-configured" | "required";

/** What a sign-in keeps of its assessment until it ends. */
export interface Assessment {
  readonly eventId: string;
  readonly demand: SecondFactorDemand;
}

/** What is known of a first factor that has just been proved. */
export interface Evidence {
  /** In plain, where it was sent. */
  readonly password?: string | undefined;
  /** Whether the password was a known one when it was set. */
  readonly exposed: boolean;
  readonly challenges: readonly ChallengeOutcome[];
}

/** What threat protection makes of a sign-in. */
export interface Verdict {
  readonly assessment: Assessment;
  /** In progress. */
  readonly event: AuthEvent;
  /** Null when the sign-in may go on. */
  readonly refusal: ServiceError | null;
  /** The password is known to strangers: the user needs another one. */
  readonly endsPassword: boolean;
  readonly action: AccountTakeoverActionType | null;
  readonly risk: RiskSettings;
}

type RiskServices = Pick<Services, "store">;

const riskOf = async ({ store }: RiskServices, { pool, client }: WatchedPlace): Promise<RiskSettings> =>
  effectiveRisk(await store.riskConfigurations.both(pool.key, client.id));

const ACTIONS = { Low: "LowAction", Medium: "MediumAction", High: "HighAction" } as const;

const actionFor = (risk: RiskSettings, level: RiskLevelType | null): AccountTakeoverActionType | null =>
  (level && risk.AccountTakeoverRiskConfiguration?.Actions[ACTIONS[level]]) ?? null;

const DEMANDS: Record<AccountTakeoverActionType["EventAction"], SecondFactorDemand> = {
  BLOCK: "none",
  NO_ACTION: "none",
  MFA_IF_CONFIGURED: "if-configured",
  MFA_REQUIRED: "required",
};

type Standing = "blocked" | "trusted" | "to-score";

/** The pool's own lists come before any score. */
function standingOf({ RiskExceptionConfiguration: lists }: RiskSettings, address: string | null): Standing {
  if (inRanges(lists?.BlockedIPRangeList, address)) return "blocked";
  return inRanges(lists?.SkippedIPRangeList, address) ? "trusted" : "to-score";
}

async function levelOf(
  { store, clock }: Pick<Services, "store" | "clock">,
  place: WatchedPlace,
  user: User,
): Promise<RiskLevelType | null> {
  const history = await store.authEvents.list(user.key, { beforeKey: null, limit: HISTORY_LENGTH });
  return riskLevel(signalsOf(history, contextOf(place), clock.now()));
}

const isKnown = async (
  services: Pick<Services, "compromisedPasswords">,
  { password, exposed }: Evidence,
): Promise<boolean> =>
  exposed || (password !== undefined && (await services.compromisedPasswords.includes(password)));

/**
 * Weighs a sign-in whose first factor is proved, before anything is decided of what comes next.
 * @param mode what the pool does about the risk of such sign-ins
 * @returns null where the pool does not watch over them
 */
export async function assessSignIn(
  services: Services,
  place: WatchedPlace,
  user: User,
  mode: ProtectionMode,
  evidence: Evidence,
): Promise<Verdict | null> {
  if (mode === "OFF") return null;
  const risk = await riskOf(services, place);
  const standing = standingOf(risk, contextOf(place).ipAddress);
  const found = standing === "to-score" ? await levelOf(services, place, user) : null;
  // Where the pool acts, a blocked address does not come this far.
  const level = standing === "blocked" ? "High" : found;
  const compromised = watchesCompromised(risk, "SIGN_IN") && (await isKnown(services, evidence));
  const enforced = mode === "ENFORCED";
  const action = enforced ? actionFor(risk, found) : null;
  // Who owes a new password anyway is not asked for one in another way.
  const endsPassword =
    enforced && compromised && blocksCompromised(risk, "SIGN_IN") && user.status === "CONFIRMED";
  const blocked = action?.EventAction === "BLOCK";
  const refusal = blocked ? blockedBySecurity() : endsPassword ? compromisedPasswordReset() : null;
  const decision = refusal ? "Block" : level ? "AccountTakeover" : "NoRisk";
  const event = newEvent(services, place, user, {
    type: "SignIn",
    response: "InProgress",
    risk: { decision, level, compromised },
    challenges: evidence.challenges,
  });
  const demand = action ? DEMANDS[action.EventAction] : "none";
  return {
    assessment: { eventId: event.id, demand },
    event,
    refusal,
    endsPassword: endsPassword && !blocked,
    action,
    risk,
  };
}

/** Records the event of an assessed sign-in with what the user is told of it. @returns whether a message was queued */
export async function recordVerdict(
  services: Services,
  repositories: Pick<Repositories, "authEvents" | "outbox">,
  { pool }: WatchedPlace,
  user: User,
  { event, action, risk }: Verdict,
): Promise<boolean> {
  // Drawn here, so that a transaction that runs again draws another.
  await repositories.authEvents.insert({ ...event, key: services.identifiers.key() });
  const settings = risk.AccountTakeoverRiskConfiguration?.NotifyConfiguration;
  if (!action?.Notify || !settings) return false;
  return notifyUser(services, repositories, pool, user, event, { action: action.EventAction, settings });
}

/** The verdict on a sign-in that went no further. */
export const refused = (verdict: Verdict, decision: EventRisk["decision"]): Verdict => ({
  ...verdict,
  event: { ...verdict.event, response: "Fail", risk: { ...verdict.event.risk, decision } },
});

/**
 * A failed first factor of a user. It is recorded after the answer: a name that no user has must not be told by the time that
 * takes.
 */
export function recordFailure(
  services: Services,
  place: WatchedPlace,
  user: User,
  mode: ProtectionMode,
  challenges: readonly ChallengeOutcome[],
): void {
  if (mode === "OFF") return;
  const event = newEvent(services, place, user, { type: "SignIn", response: "Fail", challenges });
  const insert = ({ authEvents }: Pick<Repositories, "authEvents">) =>
    authEvents.insert({ ...event, key: services.identifiers.key() });
  services.store.transaction(insert).then(
    () => announceEvent(services, place.pool, user, event),
    () => services.logger.warn("A failed sign-in could not be recorded", { userPoolId: place.pool.id }),
  );
}

/**
 * Refuses calls from an address that the pool blocks, before anything is looked up or told.
 * @throws NotAuthorizedException
 */
export async function requireAdmittedAddress(services: RiskServices, place: WatchedPlace): Promise<void> {
  if (protectionMode(place.pool) !== "ENFORCED") return;
  const { ipAddress } = contextOf(place);
  if (ipAddress !== null && standingOf(await riskOf(services, place), ipAddress) === "blocked")
    throw addressBlocked();
}

/**
 * Whether a password that is being chosen is known to strangers.
 * @throws InvalidPasswordException where the pool refuses such passwords
 */
export async function checkChosenPassword(
  services: Pick<Services, "store" | "compromisedPasswords">,
  place: WatchedPlace,
  password: string,
  occasion: Exclude<CompromisedEvent, "SIGN_IN">,
): Promise<boolean> {
  const mode = protectionMode(place.pool);
  if (mode === "OFF") return false;
  const risk = await riskOf(services, place);
  if (!watchesCompromised(risk, occasion)) return false;
  const known = await services.compromisedPasswords.includes(password);
  if (known && mode === "ENFORCED" && blocksCompromised(risk, occasion)) throw passwordCompromised();
  return known;
}
