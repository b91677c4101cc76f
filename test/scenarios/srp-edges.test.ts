import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parseConfig } from "../../src/config/config.ts";
import { SRP_N, srpClaimSignature, toBigInt, toJavaBytes } from "../../src/crypto/srp.ts";
import { silentLogger } from "../../src/runtime/logger.ts";
import { startServer } from "../../src/server.ts";
import { type Api, apiOf, refusal } from "../support/api.ts";
import { closeWithinModel, makeClient, makePool } from "../support/builders.ts";
import { startNodes } from "../support/nodes.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { type Scene, scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

const N = SRP_N.toString(16);
const REFUSED = "InvalidParameterException: Invalid SRP_A value.";
const MISSING = "InvalidParameterException: Missing required parameter SRP_A";
const WRONG = "NotAuthorizedException: Incorrect username or password.";
const FLOWS = {
  ExplicitAuthFlows: ["ALLOW_USER_SRP_AUTH" as const, "ALLOW_USER_AUTH" as const],
  PreventUserExistenceErrors: "ENABLED" as const,
};

/** What makes the shared key known to anyone, or is no number of the group. */
const DEGENERATE: readonly (readonly [name: string, publicA: string])[] = [
  ["0", "0"],
  ["00", "00"],
  ["768 zeros", "0".repeat(768)],
  ["N", N],
  ["N in capitals", N.toUpperCase()],
  ["N after zeros", `00${N}`],
  ["N + 1", (SRP_N + 1n).toString(16)],
  ["2N", (2n * SRP_N).toString(16)],
  ["3N", (3n * SRP_N).toString(16)],
  ["2^3072 - 1", "f".repeat(768)],
  ["-1", "-1"],
  ["-N", `-${N}`],
  ["1 with a sign", "+1"],
  ["0x1", "0x1"],
  ["1n", "1n"],
  ["1e3", "1e3.0"],
  ["a space", " "],
  ["1 after a space", " 1"],
  ["1 before a newline", "1\n"],
  ["NaN", "NaN"],
  ["no hexadecimal", "xyz"],
  ["full-width digits", "１２"],
  ["a NUL", "1\u0000"],
  ["769 digits", `1${"0".repeat(768)}`],
  ["100 000 digits", "1".repeat(100_000)],
  ["JSON", '{"a":1}'],
];

let world: World;
let place: Scene;
beforeAll(async () => {
  world = await startWorld();
  place = await scene(world, {}, FLOWS);
  await place.user("ana");
});
afterAll(() => closeWithinModel(world));

const begin = (SRP_A: string, USERNAME = "ana", more: Record<string, string> = {}) =>
  place.api("InitiateAuth", {
    ClientId: place.ClientId,
    AuthFlow: "USER_SRP_AUTH",
    AuthParameters: { USERNAME, SRP_A, ...more },
  });

describe("an SRP_A", () => {
  it.each(DEGENERATE)("of %s is refused, for a user as for a name that no user has", async (_, publicA) => {
    for (const name of ["ana", "nobody"]) {
      const words = await refusal(begin(publicA, name));
      expect(words.startsWith("InvalidParameterException: 1 validation error") ? REFUSED : words).toBe(
        REFUSED,
      );
      const choice = place.api("InitiateAuth", {
        ClientId: place.ClientId,
        AuthFlow: "USER_AUTH",
        AuthParameters: { USERNAME: name, PREFERRED_CHALLENGE: "PASSWORD_SRP", SRP_A: publicA },
      });
      const chosen = await refusal(choice);
      expect(chosen.startsWith("InvalidParameterException: 1 validation error") ? REFUSED : chosen).toBe(
        REFUSED,
      );
    }
  });

  it("that is empty is missing", async () => {
    expect(await refusal(begin(""))).toBe(MISSING);
  });

  it.each([
    ["1", 1n],
    ["N - 1", SRP_N - 1n],
    ["2", 2n],
  ])(
    "of %s is a number of the group, but proves no password by a key that anyone can compute",
    async (_, a) => {
      for (const name of ["ana", "nobody"]) {
        const { ChallengeParameters: given = {} } = await begin(a.toString(16), name);
        const b = BigInt(`0x${given.SRP_B}`);
        const u = toBigInt(
          Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.concat([toJavaBytes(a), toJavaBytes(b)]))),
        );
        const TIMESTAMP = "Tue Jan 7 08:05:09 UTC 2025";
        // Four at most, so that no lock hides the answer.
        for (const s of [1n, SRP_N - 1n, b, a]) {
          const prk = createHmac("sha256", toJavaBytes(u)).update(toJavaBytes(s)).digest();
          const key = createHmac("sha256", prk).update("Caldera Derived Key").update(Buffer.of(1)).digest();
          const identity = { group: place.UserPoolId.split("_")[1] ?? "", name: given.USER_ID_FOR_SRP ?? "" };
          const block = Buffer.from(given.SECRET_BLOCK ?? "", "base64");
          const signature = srpClaimSignature(key.subarray(0, 16), identity, block, TIMESTAMP);
          const answer = place.answer("PASSWORD_VERIFIER", undefined, {
            USERNAME: name,
            PASSWORD_CLAIM_SECRET_BLOCK: given.SECRET_BLOCK ?? "",
            PASSWORD_CLAIM_SIGNATURE: signature.toString("base64"),
            TIMESTAMP,
          });
          expect(await refusal(answer)).toBe(WRONG);
        }
        await world.advanceSeconds(3600);
      }
    },
  );
});

/** What an unknown name is shown, which must not change. */
async function shown(api: Api, ClientId: string, USERNAME: string) {
  const { ChallengeParameters: p = {} } = await api("InitiateAuth", {
    ClientId,
    AuthFlow: "USER_SRP_AUTH",
    AuthParameters: { USERNAME, SRP_A: "abc123" },
  });
  const { AvailableChallenges } = await api("InitiateAuth", {
    ClientId,
    AuthFlow: "USER_AUTH",
    AuthParameters: { USERNAME },
  });
  const { CodeDeliveryDetails } = await api("ForgotPassword", { ClientId, Username: USERNAME });
  return { salt: p.SALT, user: p.USER_ID_FOR_SRP, AvailableChallenges, CodeDeliveryDetails };
}

const NAMES = ["nobody", "nobody@example.com", "+15550009999"];

describe("what a name that no user has is shown", () => {
  it("is the same after a restart", async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "cognate-restart-"));
    const start = () =>
      startServer(parseConfig({ mode: "development", port: 0, dataDir }), { logger: silentLogger });
    const first = await start();
    const { Id } = await makePool(apiOf(first), {});
    const { ClientId } = await makeClient(apiOf(first), Id, FLOWS);
    const before = [];
    for (const name of NAMES) before.push(await shown(apiOf(first), ClientId, name));
    await first.close();
    const second = await start();
    try {
      for (const [i, name] of NAMES.entries())
        expect(await shown(apiOf(second), ClientId, name)).toEqual(before[i]);
      expect(new Set(before.map(({ salt }) => salt)).size).toBe(NAMES.length);
    } finally {
      await second.close();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  const { url, reason } = inject("postgres");
  it.skipIf(url === null)(`is the same on each of two nodes ${reason}`, async () => {
    const database = await createDatabase(url ?? "");
    const nodes = await startNodes(database);
    const [a, b] = nodes.apis;
    try {
      const { Id } = await makePool(a, {});
      const { ClientId } = await makeClient(a, Id, FLOWS);
      for (const name of NAMES)
        expect(await shown(b, ClientId, name)).toEqual(await shown(a, ClientId, name));
    } finally {
      await nodes.close();
      await dropDatabase(url ?? "", database);
    }
  });

  it("is another one in another pool", async () => {
    const other = await scene(world, {}, FLOWS);
    const [here, there] = [place, other].map((at) => shown(at.api, at.ClientId, "nobody"));
    expect((await here)?.salt).not.toBe((await there)?.salt);
    expect((await here)?.user).not.toBe((await there)?.user);
  });
});
