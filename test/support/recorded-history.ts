import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Output } from "../../src/api/operation.ts";
import { type Api, ApiRefusal, apiOf } from "./api.ts";
import {
  makeClient,
  makePool,
  makeUser,
  PASSWORD,
  signIn,
  startSignIn,
  TEMPORARY_PASSWORD,
} from "./builders.ts";
import {
  type Claim,
  INITIAL,
  type Interval,
  isClaimedOnce,
  type Look,
  type RegisterEvent,
  registerAnomalies,
} from "./history-checker.ts";
import { drawsFrom } from "./model-probe.ts";
import { type Credentials, signedApi } from "./production.ts";
import { newKey, type ProductionProcess, startProductionProcess } from "./production-process.ts";
import { startSmsGateway } from "./sms-gateway.ts";
import { TcpProxy } from "./tcp-proxy.ts";

/** What clients see of two nodes on one PostgreSQL, recorded and judged. */

export interface HistoryOptions {
  readonly databaseUrl: string;
  readonly seconds: number;
  /** Whether nodes are killed and halted and their links to the database cut meanwhile. */
  readonly disturbed: boolean;
  /** What the nodes are started from; the sources unless told otherwise. */
  readonly entry?: string;
}

export interface HistoryVerdict {
  /** What cannot have happened in any order, by kind of thing. */
  readonly anomalies: readonly string[];
  /** Requests that were answered, refused and lost. */
  readonly answered: number;
  readonly refused: number;
  readonly unanswered: number;
  /** Things that one may have only, each of several clients' claims. */
  readonly contests: number;
  readonly disturbances: Readonly<Record<string, number>>;
  /** Refusals that no history of these operations explains. */
  readonly unexpected: readonly string[];
}

const NODES = 2;
const REGISTER_USERS = 2;
const REGISTER_CLIENTS = 8;
const CLAIMANTS = 8;
/** A request without an answer by then may yet take effect: the history counts with that. */
const PATIENCE_MS = 10_000;
/** Claims of one thing begin within this. */
const SPREAD_MS = 10;
/** Attributes that are written one at a time: a write of the whole user from an older reading would undo the other. */
const REGISTERS = ["name", "nickname"] as const;

/** Refusals that say that somebody else was first. */
const LOST = new Set([
  "UsernameExistsException",
  "AliasExistsException",
  "NotAuthorizedException",
  "RefreshTokenReuseException",
  "ExpiredCodeException",
  "CodeMismatchException",
]);

type Outcome<T> = Interval &
  (
    | { readonly kind: "answered"; readonly value: T }
    | { readonly kind: "refused" | "unknown"; readonly fault: unknown }
  );

/** One kind of thing that one client may have only. */
interface Contest {
  readonly name: string;
  /** Makes the thing. Null where an answer was lost on the way: then it is not known what there is. */
  make(id: string): Promise<{
    claim(api: Api, admin: Api, by: string): Promise<unknown>;
    look?(api: Api): Promise<string | null>;
  } | null>;
}

export async function recordHistory(options: HistoryOptions): Promise<HistoryVerdict> {
  const dataDir = mkdtempSync(join(tmpdir(), "cognate-history-"));
  const key = newKey();
  const draw = drawsFrom(17);
  const gateway = await startSmsGateway();
  const { hostname, port } = new URL(options.databaseUrl);
  const proxies = await Promise.all(
    Array.from({ length: NODES }, () => TcpProxy.start(hostname, Number(port))),
  );
  const start = (n: number): Promise<ProductionProcess> => {
    const through = new URL(options.databaseUrl);
    through.port = String(proxies[n]?.port);
    return startProductionProcess({
      dataDir: join(dataDir, `node-${n}`),
      databaseUrl: through.href,
      key,
      publicUrl: "http://localhost",
      configuration: `[sms]\nwebhookUrl = "${gateway.url}"\n`,
      ...(options.entry ? { entry: options.entry } : {}),
    });
  };
  const nodes: ProductionProcess[] = [];
  try {
    for (let n = 0; n < NODES; n++) nodes.push(await start(n));
    const root = nodes[0]?.root;
    if (!root) throw new Error("No root key was shown");
    return await new Recording({ options, draw, nodes, proxies, start, gateway, root }).run();
  } finally {
    await Promise.all(
      nodes.map(async (node) => {
        node.signal("SIGCONT");
        await node.stop();
      }),
    );
    await Promise.all(proxies.map((proxy) => proxy.stop()));
    await gateway.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

interface RecordingParts {
  readonly options: HistoryOptions;
  readonly draw: () => number;
  readonly nodes: ProductionProcess[];
  readonly proxies: readonly TcpProxy[];
  readonly start: (n: number) => Promise<ProductionProcess>;
  readonly gateway: Awaited<ReturnType<typeof startSmsGateway>>;
  readonly root: Credentials;
}

class Recording {
  readonly #parts: RecordingParts;
  readonly #anomalies: string[] = [];
  readonly #unexpected = new Set<string>();
  readonly #registers = new Map<string, RegisterEvent[]>();
  readonly #disturbances: Record<string, number> = {};
  readonly #counts = { answered: 0, refused: 0, unanswered: 0, contests: 0 };
  #over = false;
  #serial = 0;

  constructor(parts: RecordingParts) {
    this.#parts = parts;
  }

  async run(): Promise<HistoryVerdict> {
    const { options } = this.#parts;
    const admin = this.#admin(0);
    const { Id: poolId } = await makePool(admin, { AliasAttributes: ["email"] });
    const plain = await makeClient(admin, poolId);
    const rotating = await makeClient(admin, poolId, {
      ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"],
      RefreshTokenRotation: { Feature: "ENABLED", RetryGracePeriodSeconds: 0 },
    });
    const users = Array.from({ length: REGISTER_USERS }, (_, n) => `register-${n}`);
    for (const user of users)
      await makeUser(admin, poolId, user, { attributes: { name: INITIAL, nickname: INITIAL } });
    const contests = this.#contests(poolId, plain, rotating);
    const work = [
      ...Array.from({ length: REGISTER_CLIENTS }, () => this.#until(() => this.#useRegister(poolId, users))),
      ...contests.map((contest) => this.#until(() => this.#contend(contest))),
    ];
    const disturbing = options.disturbed ? this.#until(() => this.#disturb()) : Promise.resolve();
    await sleep(options.seconds * 1000);
    this.#over = true;
    await Promise.all([...work, disturbing]);
    for (const [name, events] of this.#registers)
      this.#anomalies.push(...registerAnomalies(events).map((anomaly) => `register ${name}: ${anomaly}`));
    return {
      ...this.#counts,
      anomalies: this.#anomalies,
      disturbances: this.#disturbances,
      unexpected: [...this.#unexpected],
    };
  }

  async #until(step: () => Promise<void>): Promise<void> {
    while (!this.#over) await step();
  }

  #draw = (below: number): number => Math.floor(this.#parts.draw() * below);

  #node(n: number): ProductionProcess {
    const node = this.#parts.nodes[n];
    if (!node) throw new Error(`No node ${n}`);
    return node;
  }

  #admin = (n: number): Api => signedApi(this.#node(n).url, this.#parts.root);

  /** One call, when it was under way, and what came of it. Only a refusal says that nothing happened. */
  async #record<T>(call: () => Promise<T>): Promise<Outcome<T>> {
    const startMs = performance.now();
    const late = sleep(PATIENCE_MS, undefined, { ref: false }).then(() =>
      Promise.reject(new Error("no answer")),
    );
    try {
      const value = await Promise.race([call(), late]);
      this.#counts.answered++;
      return { kind: "answered", value, startMs, endMs: performance.now() };
    } catch (fault) {
      if (fault instanceof ApiRefusal && fault.status < 500) {
        this.#counts.refused++;
        return { kind: "refused", fault, startMs, endMs: performance.now() };
      }
      this.#counts.unanswered++;
      await sleep(20);
      return { kind: "unknown", fault, startMs, endMs: Number.POSITIVE_INFINITY };
    } finally {
      late.catch(() => {});
    }
  }

  #expectNone(what: string, { fault }: { readonly fault: unknown }): void {
    const text = fault instanceof ApiRefusal ? `${fault.code}: ${fault.message}` : String(fault);
    this.#unexpected.add(`${what}: ${text}`);
  }

  async #useRegister(poolId: string, users: readonly string[]): Promise<void> {
    const username = users[this.#draw(users.length)] ?? "";
    const register = REGISTERS[this.#draw(REGISTERS.length)] ?? "name";
    const admin = this.#admin(this.#draw(NODES));
    if (this.#draw(2) === 0) {
      const value = `w${this.#serial++}`;
      const write = await this.#record(() =>
        admin("AdminUpdateUserAttributes", {
          UserPoolId: poolId,
          Username: username,
          UserAttributes: [{ Name: register, Value: value }],
        }),
      );
      if (write.kind === "refused") this.#expectNone("write", write);
      else {
        const { startMs, endMs } = write;
        this.#eventsOf(`${username}.${register}`).push({ kind: "write", value, startMs, endMs });
      }
      return;
    }
    const read = await this.#record(() => admin("AdminGetUser", { UserPoolId: poolId, Username: username }));
    if (read.kind === "refused") this.#expectNone("read", read);
    if (read.kind !== "answered") return;
    // Both are read at once, which is a reading of each.
    for (const name of REGISTERS) {
      const { value: user, startMs, endMs } = read;
      this.#eventsOf(`${username}.${name}`).push({
        kind: "read",
        value: attributeOf(user, name),
        startMs,
        endMs,
      });
    }
  }

  #eventsOf(name: string): RegisterEvent[] {
    const events = this.#registers.get(name) ?? [];
    this.#registers.set(name, events);
    return events;
  }

  /** Several clients claim one new thing at about the same time, at either node, and look who has it. */
  async #contend(contest: Contest): Promise<void> {
    const id = `${contest.name.replaceAll(" ", "-")}-${this.#serial++}`;
    const thing = await contest.make(id).catch(() => null);
    if (!thing) {
      await sleep(50);
      return;
    }
    const claims: Claim[] = [];
    const looks: Look[] = [];
    const { look } = thing;
    await Promise.all(
      Array.from({ length: CLAIMANTS }, async (_, n) => {
        await sleep(this.#parts.draw() * SPREAD_MS);
        const at = this.#draw(NODES);
        const by = `${id}-by-${n}`;
        const claim = await this.#record(() => thing.claim(apiOf(this.#node(at)), this.#admin(at), by));
        const { startMs, endMs } = claim;
        if (claim.kind === "refused" && !(claim.fault instanceof ApiRefusal && LOST.has(claim.fault.code)))
          this.#expectNone(contest.name, claim);
        const outcome = claim.kind === "answered" ? "won" : claim.kind;
        claims.push({ by, outcome, startMs, endMs });
        if (!look) return;
        const seen = await this.#record(() => look(this.#admin(this.#draw(NODES))));
        if (seen.kind === "refused") this.#expectNone(`${contest.name}, a look`, seen);
        if (seen.kind === "answered")
          looks.push({ found: seen.value, startMs: seen.startMs, endMs: seen.endMs });
      }),
    );
    this.#counts.contests++;
    if (!isClaimedOnce(claims, looks)) {
      const won = claims.filter(({ outcome }) => outcome === "won").length;
      this.#anomalies.push(
        `${contest.name}: ${won} won, ${new Set(looks.map(({ found }) => found)).size} holders seen`,
      );
    }
  }

  #contests(
    poolId: string,
    plain: Awaited<ReturnType<typeof makeClient>>,
    rotating: Awaited<ReturnType<typeof makeClient>>,
  ): Contest[] {
    const create = (admin: Api, Username: string, values: Readonly<Record<string, string>>) =>
      makeUser(admin, poolId, Username, { attributes: values });
    /** Who answers to the name, by what tells the claimants apart. */
    const holderOf = async (admin: Api, name: string, told: (user: Output<"AdminGetUser">) => string) => {
      try {
        return told(await admin("AdminGetUser", { UserPoolId: poolId, Username: name }));
      } catch (fault) {
        if (fault instanceof ApiRefusal && fault.code === "UserNotFoundException") return null;
        throw fault;
      }
    };
    const anyAdmin = () => this.#admin(this.#draw(NODES));
    const anyApi = () => apiOf(this.#node(this.#draw(NODES)));
    return [
      {
        name: "a username",
        make: async (id) => ({
          claim: (_, admin, by) => create(admin, id, { nickname: by }),
          look: (admin) => holderOf(admin, id, (user) => attributeOf(user, "nickname")),
        }),
      },
      {
        name: "an address",
        make: async (id) => {
          const email = `${id}@example.com`;
          return {
            claim: (_, admin, by) => create(admin, by, { email, email_verified: "true" }),
            look: (admin) => holderOf(admin, email, (user) => user.Username),
          };
        },
      },
      {
        name: "a refresh token",
        make: async (id) => {
          await makeUser(anyAdmin(), poolId, id, { password: PASSWORD });
          const { RefreshToken } = await signIn(anyApi(), rotating, id);
          return {
            claim: (api) => api("GetTokensFromRefreshToken", { ClientId: rotating.ClientId, RefreshToken }),
          };
        },
      },
      {
        name: "a Session",
        make: async (id) => {
          await makeUser(anyAdmin(), poolId, id);
          const { Session } = await startSignIn(anyApi(), plain, id, TEMPORARY_PASSWORD);
          return {
            claim: (api, _, by) =>
              api("RespondToAuthChallenge", {
                ClientId: plain.ClientId,
                ChallengeName: "NEW_PASSWORD_REQUIRED",
                Session: Session ?? "",
                ChallengeResponses: { USERNAME: id, NEW_PASSWORD: `${PASSWORD}-${by}` },
              }),
          };
        },
      },
      {
        name: "a code",
        make: async (id) => {
          const phone = `+1555${String(this.#serial++).padStart(7, "0")}`;
          await makeUser(anyAdmin(), poolId, id, {
            password: PASSWORD,
            attributes: { phone_number: phone, phone_number_verified: "true" },
          });
          await anyApi()("ForgotPassword", { ClientId: plain.ClientId, Username: id });
          const code = await this.#parts.gateway.code(phone, PATIENCE_MS);
          if (code === null) return null;
          return {
            claim: (api, _, by) =>
              api("ConfirmForgotPassword", {
                ClientId: plain.ClientId,
                Username: id,
                ConfirmationCode: code,
                Password: `${PASSWORD}-${by}`,
              }),
          };
        },
      },
    ];
  }

  /** One of a kill, a halt, a silent and a cut link to the database; then some peace. */
  async #disturb(): Promise<void> {
    const n = this.#draw(NODES);
    const node = this.#node(n);
    const proxy = this.#parts.proxies[n];
    const kinds: Readonly<Record<string, () => Promise<void>>> = {
      kill: async () => {
        node.signal("SIGKILL");
        await node.ended;
        this.#parts.nodes[n] = await this.#parts.start(n);
      },
      halt: async () => {
        node.signal("SIGSTOP");
        await sleep(200 + this.#parts.draw() * 1_500);
        node.signal("SIGCONT");
      },
      "silent link": async () => {
        if (!proxy) return;
        proxy.mode = { kind: "black-hole" };
        await sleep(200 + this.#parts.draw() * 1_000);
        // What was not passed on is gone, so these connections are of no use.
        proxy.cut();
        proxy.mode = { kind: "pass" };
      },
      "cut link": async () => proxy?.cut(),
    };
    const names = Object.keys(kinds);
    const kind = names[this.#draw(names.length)] ?? "";
    await kinds[kind]?.();
    this.#disturbances[kind] = (this.#disturbances[kind] ?? 0) + 1;
    await sleep(this.#parts.draw() * 1_000);
  }
}

const attributeOf = (user: Output<"AdminGetUser">, name: string): string =>
  user.UserAttributes?.find(({ Name }) => Name === name)?.Value ?? "nothing";
