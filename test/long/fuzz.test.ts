import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AUDIT_TRAIL, DatabaseFacts } from "../support/database-facts.ts";
import { ApiCaller, apiRequest, ConnectionLost, HttpConnection } from "../support/http-connection.ts";
import {
  type Draw,
  drawsFrom,
  HOSTILE_PIECES,
  hostileTextOf,
  malformedProbes,
  probes,
} from "../support/model-probe.ts";
import { residentMb } from "../support/process-figures.ts";
import { MEMORY_GROWTH, SLOWEST_MS, sendAll, sendProbes } from "../support/request-flood.ts";
import { type ServerProcess, startServerProcess } from "../support/server-process.ts";
import { hostileRequests } from "./hostile-requests.ts";
import { sizes } from "./sizes.ts";

const SEED = 20_260_102;
/** After fewer requests the heap has not yet found its size. */
const WARM_UP = 30_000;
const PASSWORD = "Correct-Horse_7";

const dataDir = mkdtempSync(join(tmpdir(), "cognate-fuzz-"));
let server: ServerProcess;
let api: ApiCaller;
/** Texts that the server made, to be broken. */
let genuine: { accessToken: string; refreshToken: string; session: string };
let place: { UserPoolId: string; ClientId: string };
let warmMb: number | null = null;

function digest(): string {
  const facts = new DatabaseFacts(dataDir);
  const value = facts.digest(AUDIT_TRAIL);
  facts.close();
  return value;
}

const signIn = (Username: string) =>
  api.call("InitiateAuth", {
    AuthFlow: "USER_PASSWORD_AUTH",
    ClientId: place.ClientId,
    AuthParameters: { USERNAME: Username, PASSWORD },
  });

beforeAll(async () => {
  server = await startServerProcess({ dataDir, environment: { COGNATE_LOG_LEVEL: "error" } });
  api = new ApiCaller(server.port);
  const { UserPool } = await api.call("CreateUserPool", { PoolName: "fuzz" });
  const { UserPoolClient } = await api.call("CreateUserPoolClient", {
    UserPoolId: UserPool.Id,
    ClientName: "fuzz",
    ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
  });
  place = { UserPoolId: UserPool.Id, ClientId: UserPoolClient.ClientId };
  for (const Username of ["ana", "ben"])
    await api.call("AdminCreateUser", {
      UserPoolId: UserPool.Id,
      Username,
      TemporaryPassword: PASSWORD,
      UserAttributes: [{ Name: "email", Value: `${Username}@fuzz.example` }],
      MessageAction: "SUPPRESS",
    });
  const known = { UserPoolId: UserPool.Id, Username: "ana", Password: PASSWORD, Permanent: true };
  await api.call("AdminSetUserPassword", known);
  const { AuthenticationResult } = await signIn("ana");
  const { Session } = await signIn("ben");
  genuine = {
    accessToken: AuthenticationResult.AccessToken,
    refreshToken: AuthenticationResult.RefreshToken,
    session: Session,
  };
});

afterAll(async () => {
  api.close();
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

describe("malformed requests to all operations", () => {
  it("are refused in the service's words and change nothing in the database", async () => {
    await sendProbes(server.port, probes(SEED, WARM_UP));
    warmMb = residentMb(server.pid)?.all ?? null;
    const before = digest();
    const { sent, wrong, slowestMs } = await sendProbes(
      server.port,
      malformedProbes(SEED + 1, sizes.malformed),
    );
    console.log(`${sent} malformed requests, the slowest answered after ${slowestMs.toFixed(0)} ms`);
    expect(wrong).toEqual([]);
    expect(sent).toBe(sizes.malformed);
    expect(digest()).toBe(before);
  });

  it("mixed with valid and hostile ones never meet a fault of the server", async () => {
    const { wrong } = await sendProbes(server.port, probes(SEED + 2, sizes.malformed / 5));
    expect(wrong).toEqual([]);
  });
});

describe("a hostile request", () => {
  it.each(hostileRequests.map(({ name, ...rest }) => [name, rest] as const))(
    "%s",
    async (_, { bytes, right }) => {
      const connection = new HttpConnection(server.port);
      const sentAt = performance.now();
      const status = await connection.send(bytes).then(
        (answer) => answer.status,
        (fault: unknown) => {
          if (fault instanceof ConnectionLost) return "closed" as const;
          throw fault;
        },
      );
      expect(performance.now() - sentAt).toBeLessThan(SLOWEST_MS);
      connection.close();
      expect(right).toContain(status);
    },
  );
});

/** A text with one small change; never the text itself. */
function mutated(text: string, draw: Draw): string {
  const at = Math.floor(draw() * text.length);
  const other = "AQgwZ0_-."[Math.floor(draw() * 9)] as string;
  const changed = [
    () => text.slice(0, at) + other + text.slice(at + 1),
    () => text.slice(0, at),
    () => text.slice(at),
    () => `${text.slice(0, at)}${other}${text.slice(at)}`,
    () => text + text.slice(at),
    () => [...text.split(".")].reverse().join("."),
    () => text.replace(/^[^.]*/, Buffer.from('{"alg":"none"}').toString("base64url")),
    () => text.toUpperCase(),
  ][Math.floor(draw() * 8)]?.();
  return changed === undefined || changed === text ? `${text}A` : changed;
}

describe("broken tokens", () => {
  const draw = drawsFrom(SEED + 3);
  const uses = {
    "access token": (text: string) => ["GetUser", { AccessToken: text }] as const,
    "refresh token": (text: string) =>
      [
        "InitiateAuth",
        { AuthFlow: "REFRESH_TOKEN_AUTH", ClientId: place.ClientId, AuthParameters: { REFRESH_TOKEN: text } },
      ] as const,
    session: (text: string) =>
      [
        "RespondToAuthChallenge",
        {
          ChallengeName: "NEW_PASSWORD_REQUIRED",
          ClientId: place.ClientId,
          Session: text,
          ChallengeResponses: { USERNAME: "ben", NEW_PASSWORD: `${PASSWORD}!` },
        },
      ] as const,
  };
  const texts = {
    "access token": "accessToken",
    "refresh token": "refreshToken",
    session: "session",
  } as const;

  it.each(Object.keys(uses) as (keyof typeof uses)[])("as %s are all refused", async (kind) => {
    const text = genuine[texts[kind]];
    const broken = Array.from({ length: sizes.mutations }, () => mutated(text, draw));
    const { wrong } = await sendAll(
      server.port,
      broken,
      (token) => {
        const [operation, input] = uses[kind](token);
        return apiRequest(`localhost:${server.port}`, operation, input);
      },
      (token, answer) => (answer.status === 400 ? null : `${answer.status} for ${token}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe("hostile filters of ListUsers", () => {
  it("find nobody they should not, and meet no fault", async () => {
    const draw = drawsFrom(SEED + 4);
    const pieces = [...HOSTILE_PIECES, '"', "\\", "%", "_", "*", "')--", " or 1=1", "\u0000", "^=", "="];
    const piece = () => pieces[Math.floor(draw() * pieces.length)] as string;
    const filters = Array.from({ length: sizes.mutations }, (_, i) => {
      const value = hostileTextOf(piece() + piece() + piece(), "", 1 + Math.floor(draw() * 150));
      return i % 2 === 0 ? `email ^= "${value}"` : `${piece()}email ${piece()} "${value}${piece()}`;
    });
    const { wrong } = await sendAll(
      server.port,
      filters,
      (Filter) =>
        apiRequest(`localhost:${server.port}`, "ListUsers", { UserPoolId: place.UserPoolId, Filter }),
      (filter, answer) => {
        const reaches = /^\s*email \^= "(a|an|ana?@?)?"$/.test(filter);
        const found = answer.status === 200 && JSON.parse(answer.body).Users.length > 0;
        return found && !reaches ? `${filter} finds ${answer.body}` : null;
      },
    );
    expect(wrong).toEqual([]);
  });
});

describe("after all this the server", () => {
  it("still serves: sign-in, refresh, the session that was attacked", async () => {
    expect((await signIn("ana")).AuthenticationResult.AccessToken).toBeTruthy();
    expect((await api.call("GetUser", { AccessToken: genuine.accessToken })).Username).toBe("ana");
    const refreshed = await api.call("InitiateAuth", {
      AuthFlow: "REFRESH_TOKEN_AUTH",
      ClientId: place.ClientId,
      AuthParameters: { REFRESH_TOKEN: genuine.refreshToken },
    });
    expect(refreshed.AuthenticationResult.IdToken).toBeTruthy();
  });

  it("has not grown beyond bounds", (context) => {
    const memory = residentMb(server.pid);
    if (memory === null || warmMb === null)
      return context.skip("this system does not tell another process's memory");
    console.log(`${memory.all.toFixed(0)} MB resident, ${warmMb.toFixed(0)} MB after the warm-up`);
    expect(memory.all).toBeLessThanOrEqual(warmMb * MEMORY_GROWTH);
  });

  it("has reported no fault of its own", () => expect(server.errors()).toBe(""));
});
