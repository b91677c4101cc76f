import { createHash } from "node:crypto";
import { type OperationName, operationFacts } from "../../api/operation.ts";
import { describeFault, type Logger } from "../../runtime/logger.ts";
import type { Metrics } from "../../runtime/metrics.ts";
import { rateExceeded } from "../errors.ts";
import { type LimitOwner, REQUEST_CATEGORIES, type RequestCategory } from "../provisioned-limits/index.ts";
import type { Store } from "../store.ts";
import { subscriberOf } from "./client-address.ts";
import { nodeShares } from "./node-shares.ts";
import { operationCategories, PER_POOL, USER_ACCESS } from "./operation-categories.ts";
import { type RateCounter, RateTable } from "./rate-table.ts";

/** Requests per second unless it says otherwise. */
export interface RateSettings {
  /** In place of Cognito's defaults. */
  readonly categories: Readonly<Partial<Record<RequestCategory, number>>>;
  /** Of one operation that configures a pool. */
  readonly perPoolOperation: number;
  readonly userReads: number;
  readonly userWrites: number;
  /** Unsigned requests that name one app client. */
  readonly client: number;
  /** Unsigned requests, of keys and discovery too, and those to STS from one IPv4 address or IPv6 /64. */
  readonly address: number;
  /** Per minute and address; then sign-ins from there are refused. */
  readonly failedSignInsPerMinute: number;
}

/** A user whose token was verified, or whom a signed request names. */
export interface RatedUser {
  readonly poolId: string;
  readonly name: string;
}

export interface RateLimiterOptions {
  readonly store: Pick<Store, "provisionedLimits" | "rateNodes" | "clients" | "userPools">;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Milliseconds, never going back. */
  readonly nowMs: () => number;
  /** UUID of this process. */
  readonly nodeId: string;
  /** Whether other nodes may work on the same database. */
  readonly shared: boolean;
  /** Of requests that name no pool that there is. */
  readonly owner: LimitOwner;
  readonly settings: RateSettings;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
/** A node that has not reported for so long is gone: four reports may be late. */
const NODE_GONE_MS = 5000;
/** Its row goes later, so that a node that was merely slow is counted again at once. */
const NODE_FORGOTTEN_MS = 60_000;
/** Keys of a report. */
const REPORTED_KEYS = 200;
const KNOWN_CLIENTS = 10_000;
/** Answers to challenges come beside the category, up to so many times its rate; only what is more counts in it. */
const ANSWERS_TIMES = 3;
const DIGEST_CHARACTERS = 16;

const ANSWERS: ReadonlySet<OperationName> = new Set([
  "RespondToAuthChallenge",
  "AdminRespondToAuthChallenge",
]);
const SIGN_INS: ReadonlySet<OperationName> = new Set([
  "InitiateAuth",
  "RespondToAuthChallenge",
  "GetTokensFromRefreshToken",
]);
/** What a wrong guess is answered with. */
const FAILURES: ReadonlySet<string> = new Set([
  "NotAuthorizedException",
  "UserNotFoundException",
  "CodeMismatchException",
]);

const digestOf = (key: string): string =>
  createHash("sha256").update(key).digest("base64url").slice(0, DIGEST_CHARACTERS);

const text = (value: unknown): string => (typeof value === "string" ? value : "");

interface KnownNode {
  readonly beat: number;
  /** By this node's clock. */
  readonly changedAt: number;
}

/**
 * Request rates, counted in memory. Nodes with one database tell each other once a second how much they are asked for and divide
 * each limit by it (see docs/decisions/0020). Refuses with TooManyRequestsException before anything is hashed or written.
 */
export class RateLimiter {
  readonly #options: RateLimiterOptions;
  readonly #table = new RateTable((key, limit) => this.#shareOf(key, limit));
  readonly #owners = new Map<string, LimitOwner>();
  #provisioned: ReadonlyMap<string, number> = new Map();
  readonly #nodes = new Map<string, KnownNode>();
  /** Live nodes by name, this one among them. */
  #live: readonly string[];
  /** What the live nodes last reported, by digest and then in their order; empty with a single node. */
  #reported: ReadonlyMap<string, readonly number[]> = new Map();
  #beat = 0;
  #exchangedAt: number;
  #timer: NodeJS.Timeout | undefined;
  #exchanging: Promise<void> = Promise.resolve();

  constructor(options: RateLimiterOptions) {
    this.#options = options;
    this.#live = [options.nodeId];
    this.#exchangedAt = options.nowMs();
  }

  /** Reads limits and other nodes, and goes on doing so once a second. */
  async start(): Promise<void> {
    const exchange = () => {
      this.#exchanging = this.exchange().catch((fault) =>
        this.#options.logger.error("Request rates could not be exchanged; the last known shares hold", {
          error: describeFault(fault),
        }),
      );
      return this.#exchanging;
    };
    await exchange();
    this.#timer = setInterval(exchange, SECOND_MS).unref();
  }

  /** Leaves its part to the other nodes. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#exchanging;
    const { shared, store, nodeId } = this.#options;
    if (shared) await store.rateNodes.remove(nodeId).catch(() => {});
  }

  /**
   * What anybody may ask for without being known, and is no operation of the API: key sets, discovery, STS before a signature is looked at.
   * @param address canonical
   * @throws TooManyRequestsException
   */
  admitStranger(address: string | null): void {
    if (address !== null)
      this.#take("SourceAddress", `a|${subscriberOf(address)}`, this.#options.settings.address);
  }

  /** @param address canonical @throws TooManyRequestsException */
  admitAddress(operation: OperationName, address: string | null): void {
    if (address === null || operationFacts[operation].auth === "sigv4") return;
    if (SIGN_INS.has(operation) && !this.#table.admits(`f|${subscriberOf(address)}`, this.#options.nowMs()))
      throw this.#refusal("FailedSignIns");
    this.admitStranger(address);
  }

  /** Counts the error that a sign-in ended with, if it was a wrong guess. */
  signInFailed(operation: OperationName, address: string | null, errorCode: string): void {
    if (address === null || !SIGN_INS.has(operation) || !FAILURES.has(errorCode)) return;
    const { settings, nowMs } = this.#options;
    this.#table.take(`f|${subscriberOf(address)}`, settings.failedSignInsPerMinute, MINUTE_MS, nowMs());
  }

  /**
   * For all but requests with an access token, which `admitBearer` counts once it is verified.
   * @param input decoded, perhaps not valid
   * @param caller who signed; where nobody has to, the pool's owner counts, since anybody could name another region
   * @throws TooManyRequestsException
   */
  async admit(
    operation: OperationName,
    input: Readonly<Record<string, unknown>>,
    caller: LimitOwner,
  ): Promise<void> {
    const category = categoryFor(operation, input);
    if (category === null) return;
    const { auth } = operationFacts[operation];
    if (auth === "accessToken" && input.AccessToken !== undefined) return;
    const { settings, owner } = this.#options;
    if (auth === "sigv4") {
      const poolId = text(input.UserPoolId) || text(input.ResourceArn);
      if (PER_POOL.has(category) && poolId !== "")
        this.#take("UserPoolOperation", `p|${operation}|${poolId}`, settings.perPoolOperation);
      const name = text(input.Username);
      if (poolId !== "" && name !== "") this.#takeUser(category, { poolId, name });
      this.#takeCategory(operation, category, caller);
      return;
    }
    const clientId = text(input.ClientId);
    const of = clientId === "" ? owner : (this.#owners.get(clientId) ?? (await this.#ownerOf(clientId)));
    // Names that no client has share a count: it would cost memory to tell them apart, and helps nobody.
    if (clientId !== "") this.#take("Client", of === owner ? "n|" : `n|${clientId}`, settings.client);
    this.#takeCategory(operation, category, of);
  }

  /** A request whose access token was verified. @throws TooManyRequestsException */
  admitBearer(operation: OperationName, user: RatedUser, owner: LimitOwner): void {
    const category = operationCategories.get(operation);
    if (category === undefined) return;
    this.#takeUser(category, user);
    this.#takeCategory(operation, category, owner);
  }

  /** Tells what this node is asked for, learns what others are, and divides the limits anew. */
  async exchange(): Promise<void> {
    const { store, nowMs, nodeId, shared } = this.#options;
    const limits = await store.provisionedLimits.all();
    this.#provisioned = new Map(
      limits.map((limit) => [rateKey(limit, limit.category), limit.requestsPerSecond]),
    );
    const now = nowMs();
    const counters = [...this.#table.sweep(now)];
    const seconds = Math.max(0.001, (now - this.#exchangedAt) / SECOND_MS);
    this.#exchangedAt = now;
    const demand = shared ? this.#busiest(counters, seconds) : {};
    for (const counter of counters) counter.demand = 0;
    if (!shared) return;
    await store.rateNodes.report({ id: nodeId, beat: ++this.#beat, demand });
    await this.#meet(nowMs());
    for (const counter of counters) {
      const share = this.#shareOf(counter.key, counter.limit);
      counter.share = Math.min(share, counter.coming);
      counter.coming = share;
    }
  }

  /** Requests per second under the keys that come near this node's even part, or that another node told of. */
  #busiest(counters: readonly RateCounter[], seconds: number): Record<string, number> {
    const nodes = this.#live.length;
    return Object.fromEntries(
      counters
        .filter(
          ({ key, demand, limit, periodMs }) =>
            periodMs === SECOND_MS &&
            demand > 0 &&
            (demand * nodes * 2 >= limit || (this.#reported.size > 0 && this.#reported.has(digestOf(key)))),
        )
        .sort((a, b) => b.demand / b.limit - a.demand / a.limit)
        .slice(0, REPORTED_KEYS)
        .map(({ key, demand }) => [digestOf(key), Math.ceil(demand / seconds)]),
    );
  }

  async #meet(now: number): Promise<void> {
    const { store, nodeId } = this.#options;
    const live = [];
    const reports = await store.rateNodes.list();
    for (const report of reports) {
      const known = this.#nodes.get(report.id);
      const changedAt = known?.beat === report.beat ? known.changedAt : now;
      this.#nodes.set(report.id, { beat: report.beat, changedAt });
      if (report.id === nodeId || now - changedAt < NODE_GONE_MS) live.push(report);
      else if (now - changedAt >= NODE_FORGOTTEN_MS) await store.rateNodes.remove(report.id);
    }
    const present = new Set(reports.map(({ id }) => id));
    for (const id of this.#nodes.keys()) if (!present.has(id)) this.#nodes.delete(id);
    this.#live = live.map(({ id }) => id);
    const reported = new Map<string, number[]>();
    live.forEach(({ demand }, node) => {
      for (const [digest, rate] of Object.entries(demand)) {
        const rates = reported.get(digest) ?? new Array<number>(live.length).fill(0);
        rates[node] = rate;
        reported.set(digest, rates);
      }
    });
    this.#reported = reported;
  }

  #shareOf(key: string, limit: number): number {
    const nodes = this.#live.length;
    if (nodes <= 1) return limit;
    const demands = this.#reported.size === 0 ? undefined : this.#reported.get(digestOf(key));
    const me = this.#live.indexOf(this.#options.nodeId);
    return nodeShares(limit, demands ?? new Array<number>(nodes).fill(0))[me] ?? 1;
  }

  async #ownerOf(clientId: string): Promise<LimitOwner> {
    const { store, owner } = this.#options;
    const client = await store.clients.find(clientId);
    const pool = client && (await store.userPools.byKey(client.poolKey));
    if (!pool) return owner;
    if (this.#owners.size >= KNOWN_CLIENTS) this.#owners.clear();
    const found = { region: pool.region, accountId: pool.accountId };
    this.#owners.set(clientId, found);
    return found;
  }

  #takeUser(category: RequestCategory, { poolId, name }: RatedUser): void {
    const access = USER_ACCESS[category];
    if (!access) return;
    const { userReads, userWrites } = this.#options.settings;
    this.#take("User", `u|${access}|${poolId}|${name}`, access === "reads" ? userReads : userWrites);
  }

  #takeCategory(operation: OperationName, category: RequestCategory, owner: LimitOwner): void {
    const key = rateKey(owner, category);
    const limit =
      this.#provisioned.get(key) ??
      this.#options.settings.categories[category] ??
      REQUEST_CATEGORIES[category].byDefault;
    const { nowMs } = this.#options;
    const isAnswer = category === "UserAuthentication" && ANSWERS.has(operation);
    if (isAnswer && this.#table.take(`answers|${key}`, limit * ANSWERS_TIMES, SECOND_MS, nowMs())) return;
    this.#take(category, key, limit);
  }

  #take(what: string, key: string, limit: number): void {
    if (!this.#table.take(key, limit, SECOND_MS, this.#options.nowMs())) throw this.#refusal(what);
  }

  #refusal(what: string): Error {
    this.#options.metrics.throttled(what);
    return rateExceeded();
  }
}

/** A new password in answer to a challenge is a matter of recovery. */
function categoryFor(
  operation: OperationName,
  input: Readonly<Record<string, unknown>>,
): RequestCategory | null {
  if (ANSWERS.has(operation) && input.ChallengeName === "NEW_PASSWORD_REQUIRED") return "UserAccountRecovery";
  return operationCategories.get(operation) ?? null;
}

const rateKey = ({ region, accountId }: LimitOwner, category: RequestCategory): string =>
  `c|${region}|${accountId}|${category}`;
