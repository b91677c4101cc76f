import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brokenCopy, type Fault } from "../support/broken-copy.ts";
import { ApiCaller, apiRequest, HttpConnection } from "../support/http-connection.ts";
import { drawsFrom } from "../support/model-probe.ts";
import { type ServerProcess, startServerProcess } from "../support/server-process.ts";
import { sizes } from "./sizes.ts";

/** Users, and as many names that no user has. */
const NAMES = sizes.timings;
/**
 * How far from one half the chance may be that a call for a user takes longer than one for an unknown name. The standard error is
 * 0.018 for 500 and 0.004 for 10 000 of each.
 */
const BAR = NAMES >= 10_000 ? 0.02 : 0.06;
/**
 * What the same test must show where the work for unknown names is left out, or it would show nothing: a hash is most of a sign-in,
 * a message is little beside the commits before it.
 */
const CONTROL = { hash: 0.9, message: 0.5 + 1.5 * BAR };
const WARM_UP = 300;
/** Each name is called so often, and its shortest time counts, as whoever listens would do it. Few enough for every limit. */
const PASSES = 3;
const PASSWORD = "Correct-Horse-9";
const SEED = 20_260_107;

/** The chance that a value of the first is greater than one of the second: the rank test of Mann and Whitney. */
function chanceOfGreater(first: readonly number[], second: readonly number[]): number {
  const all = [...first.map((value) => [value, 1] as const), ...second.map((value) => [value, 0] as const)];
  all.sort(([a], [b]) => a - b);
  let ranks = 0;
  for (let i = 0; i < all.length; ) {
    let j = i;
    while (j < all.length && all[j]?.[0] === all[i]?.[0]) j++;
    for (let k = i; k < j; k++) if (all[k]?.[1] === 1) ranks += (i + j + 1) / 2;
    i = j;
  }
  return (ranks - (first.length * (first.length + 1)) / 2) / (first.length * second.length);
}

/** What a call is made of: the operation, and its input for a name. */
type Call = readonly [operation: string, input: (name: string, before: Answer) => object];
// biome-ignore lint/suspicious/noExplicitAny: read by member, as it comes
type Answer = any;

interface Place {
  readonly UserPoolId: string;
  readonly ClientId: string;
}

const begin = ({ ClientId }: Place, AuthFlow: string, more: Record<string, string>): Call => [
  "InitiateAuth",
  (USERNAME) => ({ ClientId, AuthFlow, AuthParameters: { USERNAME, ...more } }),
];
const answer = (
  { ClientId }: Place,
  ChallengeName: string,
  responses: (before: Answer) => Record<string, string>,
): Call => [
  "RespondToAuthChallenge",
  (USERNAME, before) => ({
    ClientId,
    ChallengeName,
    ...(before.Session ? { Session: before.Session } : {}),
    ChallengeResponses: { USERNAME, ...responses(before) },
  }),
];
const codeCall =
  (operation: string, more: object = {}) =>
  ({ ClientId }: Place): Call => [operation, (Username) => ({ ClientId, Username, ...more })];

const SRP_A = "abc123".repeat(100);
const otp = (place: Place) => begin(place, "USER_AUTH", { PREFERRED_CHALLENGE: "EMAIL_OTP" });

/** What is timed, after an untimed call that it needs; for users who are confirmed, or not yet. */
interface Measured {
  readonly before?: (place: Place) => Call;
  readonly timed: (place: Place) => Call;
  readonly users?: "unconfirmed";
}

const MEASURED: Record<string, Measured> = {
  "a sign-in with a password": {
    timed: (place) => begin(place, "USER_PASSWORD_AUTH", { PASSWORD: "Wrong-Horse-9" }),
  },
  "the begin of a sign-in by SRP": { timed: (place) => begin(place, "USER_SRP_AUTH", { SRP_A }) },
  "a proof by SRP": {
    before: (place) => begin(place, "USER_SRP_AUTH", { SRP_A }),
    timed: (place) =>
      answer(place, "PASSWORD_VERIFIER", (before) => ({
        PASSWORD_CLAIM_SECRET_BLOCK: before.ChallengeParameters.SECRET_BLOCK,
        PASSWORD_CLAIM_SIGNATURE: Buffer.alloc(32).toString("base64"),
        TIMESTAMP: "Tue Jan 7 08:05:09 UTC 2025",
      })),
  },
  "the choice of a first factor": { timed: (place) => begin(place, "USER_AUTH", {}) },
  "asking for a one-time password": { timed: otp },
  "a one-time password": {
    before: otp,
    timed: (place) => answer(place, "EMAIL_OTP", () => ({ EMAIL_OTP_CODE: "00000000" })),
  },
  ForgotPassword: { timed: codeCall("ForgotPassword") },
  ConfirmForgotPassword: {
    before: codeCall("ForgotPassword"),
    timed: codeCall("ConfirmForgotPassword", { ConfirmationCode: "000000", Password: PASSWORD }),
  },
  ResendConfirmationCode: { timed: codeCall("ResendConfirmationCode"), users: "unconfirmed" },
  ConfirmSignUp: {
    before: codeCall("ResendConfirmationCode"),
    timed: codeCall("ConfirmSignUp", { ConfirmationCode: "000000" }),
    users: "unconfirmed",
  },
};

/** A server with its users, and the measuring of one kind of call on it. */
async function opened(entry?: string) {
  const dataDir = mkdtempSync(join(tmpdir(), "cognate-timing-"));
  const server: ServerProcess = await startServerProcess({ dataDir, ...(entry ? { entry } : {}) });
  const api = new ApiCaller(server.port);
  const { UserPool } = await api.call("CreateUserPool", {
    PoolName: "timing",
    AutoVerifiedAttributes: ["email"],
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } },
  });
  const UserPoolId = UserPool.Id;
  const { UserPoolClient } = await api.call("CreateUserPoolClient", {
    UserPoolId,
    ClientName: "timing",
    ExplicitAuthFlows: ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"],
    PreventUserExistenceErrors: "ENABLED",
  });
  const place = { UserPoolId, ClientId: UserPoolClient.ClientId };
  const draw = drawsFrom(SEED);
  const newName = () => `user-${draw().toString(36).slice(2, 10).padEnd(8, "x")}`;
  const attributes = (name: string) => [{ Name: "email", Value: `${name}@example.com` }];

  async function made(Username: string, unconfirmed: boolean): Promise<void> {
    if (unconfirmed) {
      const { ClientId } = place;
      await api.call("SignUp", {
        ClientId,
        Username,
        Password: PASSWORD,
        UserAttributes: attributes(Username),
      });
      return;
    }
    const UserAttributes = [...attributes(Username), { Name: "email_verified", Value: "true" }];
    await api.call("AdminCreateUser", { UserPoolId, Username, MessageAction: "SUPPRESS", UserAttributes });
    const named = { UserPoolId, Username };
    await api.call("AdminSetUserPassword", { ...named, Password: PASSWORD, Permanent: true });
  }

  /** Users and unknown names, in random order, on one connection. */
  async function chance({ before, timed, users }: Measured): Promise<number> {
    const known = Array.from({ length: NAMES + WARM_UP / 2 }, newName);
    for (let at = 0; at < known.length; at += 16)
      await Promise.all(known.slice(at, at + 16).map((name) => made(name, users === "unconfirmed")));
    const unknown = known.map(newName);
    const calls = [
      ...known.map((name) => ({ name, isKnown: true })),
      ...unknown.map((name) => ({ name, isKnown: false })),
    ]
      .map((one) => ({ ...one, order: draw() }))
      .sort((a, b) => a.order - b.order);
    const connection = new HttpConnection(server.port);
    const host = `127.0.0.1:${server.port}`;
    const least = calls.map(() => Number.POSITIVE_INFINITY);
    for (let pass = 0; pass < PASSES; pass++)
      for (const [i, { name }] of calls.entries()) {
        const [first, second] = [before?.(place), timed(place)];
        const earlier: Answer = first ? await api.call(first[0], first[1](name, {})) : {};
        const request = apiRequest(host, second[0], second[1](name, earlier));
        const sentAt = process.hrtime.bigint();
        const { status, body } = await connection.send(request);
        const took = Number(process.hrtime.bigint() - sentAt);
        if (status >= 500 || body.includes("LimitExceeded")) throw new Error(body);
        least[i] = Math.min(least[i] ?? took, took);
      }
    const of = (known: boolean) => least.filter((_, i) => i >= WARM_UP && calls[i]?.isKnown === known);
    connection.close();
    return chanceOfGreater(of(true), of(false));
  }

  return {
    chance,
    async close() {
      api.close();
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const notNow = NAMES === 0 ? "(not in the brief form: it takes a quiet machine)" : "";

describe.skipIf(notNow)(`a user cannot be told from a name that no user has by the time of ${notNow}`, () => {
  let server: Awaited<ReturnType<typeof opened>>;
  beforeAll(async () => {
    server = await opened();
  });
  afterAll(() => server.close());

  it.each(Object.entries(MEASURED))("%s", async (name, measured) => {
    const chance = await server.chance(measured);
    console.info(`${name}: ${chance.toFixed(3)}`);
    expect(Math.abs(chance - 0.5)).toBeLessThanOrEqual(BAR);
  });
});

describe.skipIf(notNow)(
  `this test tells them apart where the work for unknown names is left out: ${notNow}`,
  () => {
    const CONTROLS: readonly (readonly [name: string, left: keyof typeof CONTROL, fault: Fault])[] = [
      [
        "a sign-in with a password",
        "hash",
        {
          file: "domain/authentication/password-proof.ts",
          guard: "  await pretendToMatch(services, pool, claimed.name, password);\n",
          instead: "",
        },
      ],
      [
        "ForgotPassword",
        "message",
        {
          file: "domain/accounts/password-recovery.ts",
          guard: "const destination = simulatedDestination(services, pool, name);",
          instead:
            "const destination = simulatedDestination(services, pool, name);\n  if (name) return codeDeliveryDetails(destination);",
        },
      ],
      [
        "asking for a one-time password",
        "message",
        {
          file: "domain/authentication/first-factor.ts",
          guard: "  await transactionWithMessages(services, place, (_repositories, send) =>",
          instead: "  if (user) await transactionWithMessages(services, place, (_repositories, send) =>",
        },
      ],
    ];

    it.each(CONTROLS)("%s", async (name, left, fault) => {
      const copy = brokenCopy();
      copy.seed(fault);
      const server = await opened(copy.entry);
      try {
        const chance = await server.chance(MEASURED[name] ?? expect.fail(name));
        console.info(`${name}, broken: ${chance.toFixed(3)}`);
        expect(chance).toBeGreaterThan(CONTROL[left]);
      } finally {
        await server.close();
        copy.remove();
      }
    });
  },
);
