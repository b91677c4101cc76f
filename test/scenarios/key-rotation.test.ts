import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from "jose";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ConfigInput, parseConfig } from "../../src/config/config.ts";
import { ACTIVATION_DELAY_MS } from "../../src/domain/tokens/keys.ts";
import { type Logger, silentLogger } from "../../src/runtime/logger.ts";
import { type RunningServer, startServer } from "../../src/server.ts";
import { type Api, apiOf } from "../support/api.ts";
import { makeClient, makePool, makeUser, PASSWORD, signIn } from "../support/builders.ts";
import { startWorld } from "../support/world.ts";

const DONE = "All keys are under the present key-encryption key; the previous ones are of no use any more";

describe("the key-encryption key", () => {
  let directory: string;
  let running: RunningServer[];
  const lines: { message: string; count: number | undefined }[] = [];
  const logger: Logger = {
    ...silentLogger,
    info: (message, fields) => void lines.push({ message, count: fields?.count }),
  };
  const start = async (settings: ConfigInput): Promise<Api> => {
    const config = parseConfig({
      mode: "development",
      port: 0,
      publicUrl: "http://keys.test",
      dataDir: directory,
      ...settings,
    });
    const server = await startServer(config, { logger });
    running.push(server);
    return apiOf(server);
  };
  const stop = async () => {
    for (const server of running.splice(0)) await server.close();
  };
  function keyFile(name: string): string {
    const file = join(directory, name);
    writeFileSync(file, randomBytes(32).toString("base64"), { mode: 0o600 });
    return file;
  }
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "cognate-keys-"));
    running = [];
    lines.length = 0;
  });
  afterEach(async () => {
    await stop();
    rmSync(directory, { recursive: true });
  });

  async function prepared(api: Api) {
    const { Id } = await makePool(api);
    const client = await makeClient(api, Id, { GenerateSecret: true });
    await makeUser(api, Id, "ana", { password: PASSWORD });
    return { client, UserPoolId: Id, tokens: await signIn(api, client, "ana") };
  }
  async function stillWorks(api: Api, { client, tokens, UserPoolId }: Awaited<ReturnType<typeof prepared>>) {
    expect((await signIn(api, client, "ana")).AccessToken).toBeTruthy();
    const { RefreshToken } = tokens;
    const { ClientId, ClientSecret } = client;
    const refresh = { ClientId, ClientSecret, RefreshToken };
    expect((await api("GetTokensFromRefreshToken", refresh)).AuthenticationResult?.AccessToken).toBeTruthy();
    expect((await api("GetUser", { AccessToken: tokens.AccessToken })).Username).toBe("ana");
    expect((await api("DescribeUserPoolClient", { UserPoolId, ClientId })).UserPoolClient?.ClientSecret).toBe(
      ClientSecret,
    );
  }

  it("is replaced while everything goes on, and the old one is of no use afterwards", async () => {
    const [before, after] = [keyFile("before"), keyFile("after")];
    const first = await start({ keyFile: before });
    const pools = [await prepared(first), await prepared(first), await prepared(first)];
    await stop();

    const both = await start({ keyFile: after, previousKeyFiles: [before] });
    for (const pool of pools) await stillWorks(both, pool);
    await vi.waitFor(() => expect(lines).toContainEqual({ message: DONE, count: 4 }));
    for (const pool of pools) await stillWorks(both, pool);
    pools.push(await prepared(both));
    await stop();

    const later = await start({ keyFile: after });
    for (const pool of pools) await stillWorks(later, pool);
    await stop();
    await expect(start({ keyFile: before })).rejects.toThrow("is not the one this database was made with");
  });

  it("is replaced under load without a failed request", async () => {
    const [before, after] = [keyFile("before"), keyFile("after")];
    const first = await start({ keyFile: before });
    const pools = await Promise.all(Array.from({ length: 12 }, () => prepared(first)));
    await stop();
    const both = await start({ keyFile: after, previousKeyFiles: [before] });
    await Promise.all(
      pools.flatMap((pool) => Array.from({ length: 5 }, () => signIn(both, pool.client, "ana"))),
    );
    await vi.waitFor(() => expect(lines).toContainEqual({ message: DONE, count: 13 }));
  });

  it("can come from a program, whose output goes nowhere else", async () => {
    const file = keyFile("sealed");
    const api = await start({ keyCommand: ["cat", file] });
    const pool = await prepared(api);
    await stop();
    await stillWorks(await start({ keyFile: file }), pool);
    await expect(start({ keyCommand: ["cat", join(directory, "none")] })).rejects.toThrow(
      "keyCommand (cat) failed",
    );
    await expect(start({ keyCommand: ["echo", "c2VjcmV0"] })).rejects.toThrow(
      /^keyCommand \(echo\) must hold 32 bytes in base64$/,
    );
  });

  it("is not read from a file that others can read", async () => {
    const [before, after] = [keyFile("before"), keyFile("after")];
    chmodSync(before, 0o640);
    await expect(start({ keyFile: before })).rejects.toThrow("can be read by others");
    await expect(start({ keyFile: after, previousKeyFiles: [before] })).rejects.toThrow(
      "can be read by others",
    );
    await expect(start({ keyFile: after, previousKeyFiles: [join(directory, "no")] })).rejects.toThrow(
      "does not exist",
    );
  });
});

describe("the signing keys of a pool", () => {
  const kidOf = (token: string) => decodeProtectedHeader(token).kid ?? "";

  it("are replaced so that a verifier that follows the key set notices nothing", async () => {
    const world = await startWorld();
    try {
      const api = apiOf(world);
      const { services } = world.server;
      const { Id } = await makePool(api);
      const client = await makeClient(api, Id);
      await makeUser(api, Id, "ana", { password: PASSWORD });
      const pool = await services.store.userPools.find(Id);
      if (!pool) throw new Error("No pool");
      const keySet = async (): Promise<JSONWebKeySet> =>
        (await (await fetch(`${world.url}/${Id}/.well-known/jwks.json`)).json()) as JSONWebKeySet;
      const kids = async () => (await keySet()).keys.map(({ kid }) => kid ?? "");
      const verify = async (token: string, keys: JSONWebKeySet) => jwtVerify(token, createLocalJWKSet(keys));
      const atServerTime = async (token: string, keys: JSONWebKeySet) =>
        jwtVerify(token, createLocalJWKSet(keys), { currentDate: new Date(services.clock.now()) });

      const old = await signIn(api, client, "ana");
      const first = await kids();
      expect(first.length).toBe(2);
      expect(await services.tokenKeys.rotate(pool, services.clock.now())).not.toBeNull();
      expect(await services.tokenKeys.rotate(pool, (services.clock.now() - 1000) as never)).toBeNull();

      // The new ones are published, and nothing is signed with them yet.
      const published = await keySet();
      expect(published.keys.length).toBe(4);
      const between = await signIn(api, client, "ana");
      expect([kidOf(between.IdToken), kidOf(between.AccessToken)].sort()).toEqual([...first].sort());
      await verify(between.IdToken, published);

      await world.advanceSeconds(ACTIVATION_DELAY_MS / 1000);
      services.tokenKeys.forget();
      const fresh = await signIn(api, client, "ana");
      expect(first).not.toContain(kidOf(fresh.IdToken));
      expect(first).not.toContain(kidOf(fresh.AccessToken));
      expect(kidOf(fresh.IdToken)).not.toBe(kidOf(fresh.AccessToken));
      // A key set that was fetched before they signed is enough, and old tokens are good for as long as they live.
      await atServerTime(fresh.IdToken, published);
      await verify(old.IdToken, await keySet());
      expect((await api("GetUser", { AccessToken: old.AccessToken })).Username).toBe("ana");

      await world.advanceSeconds(24 * 3600);
      services.tokenKeys.forget();
      expect((await kids()).length).toBe(4);
      await world.advanceSeconds(3600);
      services.tokenKeys.forget();
      expect((await kids()).sort()).toEqual([kidOf(fresh.IdToken), kidOf(fresh.AccessToken)].sort());
      expect(await services.tokenKeys.rotate(pool, services.clock.now())).not.toBeNull();
      expect((await services.store.signingKeys.ofPool(pool.key)).length).toBe(4);
    } finally {
      await world.close();
    }
  });

  it("are replaced by themselves when they are old", async () => {
    const world = await startWorld({ signingKeyDays: 30 });
    try {
      const api = apiOf(world);
      const { Id } = await makePool(api);
      const client = await makeClient(api, Id);
      await makeUser(api, Id, "ana", { password: PASSWORD });
      await signIn(api, client, "ana");
      const { services } = world.server;
      const pool = await services.store.userPools.find(Id);
      if (!pool) throw new Error("No pool");
      const { rotateOldSigningKeys } = await import("../../src/domain/tokens/index.ts");
      const days = (count: number) => count * 24 * 3_600_000;
      expect(await rotateOldSigningKeys(services, days(30))).toBe(0);
      await world.advanceSeconds(31 * 24 * 3600);
      const both = [rotateOldSigningKeys(services, days(30)), rotateOldSigningKeys(services, days(30))];
      expect((await Promise.all(both)).reduce((sum, one) => sum + one)).toBe(1);
      expect((await services.store.signingKeys.ofPool(pool.key)).length).toBe(4);
    } finally {
      await world.close();
    }
  });
});
