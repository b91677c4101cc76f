import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimsOf } from "../support/api.ts";
import { PASSWORD, type Tokens } from "../support/builders.ts";
import { runCommand } from "../support/command-line.ts";
import { type Scene, scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

describe("cognate token", () => {
  let world: World;
  let place: Scene;
  let tokens: Tokens;
  beforeAll(async () => {
    world = await startWorld();
    place = await scene(world, { PoolName: "shop" });
    const { UserPoolId } = place;
    await place.user("ana", { email: "ana@example.com" });
    await place.api("CreateGroup", { UserPoolId, GroupName: "cooks" });
    await place.api("AdminAddUserToGroup", { UserPoolId, GroupName: "cooks", Username: "ana" });
    tokens = await place.tokens("ana");
  });
  afterAll(() => world.close());

  const decode = (token: string, ...more: string[]) =>
    runCommand(["token", "decode", ...more], { input: token, env: { TZ: "Europe/Berlin" } });
  const verify = (token: string, ...more: string[]) =>
    runCommand(["token", "verify", "--endpoint-url", world.url, ...more], { input: token });

  it("explains the claims, with times in UTC and where the reader is", async () => {
    const { status, output, errors } = await decode(tokens.AccessToken);
    expect(status).toBe(0);
    expect(errors).toBe("not verified: anyone can write this; see cognate token verify\n");
    const { exp } = claimsOf(tokens.AccessToken) as { exp: number };
    const utc = new Date(exp * 1000).toISOString().replace(".000", "");
    const hours = (zone: string) =>
      new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeStyle: "medium" }).format(exp * 1000);
    expect(output).toContain(`exp             ${utc} (`);
    expect(output).toMatch(new RegExp(`exp .*${hours("Europe/Berlin")} CES?T\\), in (59 minutes|1 hour)`));
    for (const line of [
      /^token_use +an access token: for calls in the user's name/m,
      /^scope +aws\.cognito\.signin\.user\.admin/m,
      /^cognito:groups +cooks/m,
      /^auth_time +\S+Z \(.*\), \d+ seconds? ago/m,
      /^origin_jti +[\w-]+ {2}— the sign-in that it comes from/m,
    ])
      expect(output).toMatch(line);
    expect((await decode(tokens.IdToken)).output).toContain(
      "an ID token: tells an application who signed in",
    );
  });

  it("takes a token from standard input, from an argument, with Bearer before it, and gives JSON", async () => {
    const { IdToken } = tokens;
    for (const run of [
      decode(`${IdToken}\n`, "--json"),
      decode(`Bearer ${IdToken}`, "-", "--json"),
      runCommand(["token", "decode", IdToken, "--json"]),
    ])
      expect(JSON.parse((await run).output)).toEqual({
        header: { kid: expect.any(String), alg: "RS256" },
        claims: claimsOf(IdToken),
      });
  });

  it("says of what is no signed token that it is none", async () => {
    for (const token of ["", "abc", "a.b.c", `${tokens.IdToken}.x`, "W10.W10.x", "{}"])
      expect(await decode(token)).toMatchObject({
        status: 2,
        output: "",
        errors: expect.stringContaining("no signed token"),
      });
    expect((await decode(tokens.RefreshToken)).errors).toMatch(/encrypted token|no signed token/);
  });

  it("sends no control character of a forged token to a terminal", async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const name = `a${String.fromCharCode(0x1b)}[2Jb${String.fromCharCode(0x9b)}c\nsub  x`;
    const { output } = await decode(`${part({})}.${part({ name })}.AA`);
    expect(output).toBe("name  a\\u001b[2Jb\\u009bc\\u000asub  x\n");
  });

  it("verifies good tokens, for the pool, client and use that are asked for", async () => {
    for (const [token, use] of [
      [tokens.AccessToken, "access"],
      [tokens.IdToken, "id"],
    ] as const) {
      for (const pool of [[], ["--pool", "shop"], ["--pool", place.UserPoolId]])
        expect(await verify(token, "--client", place.ClientId, "--use", use, ...pool)).toMatchObject({
          status: 0,
          output: expect.stringContaining("valid: signed by the pool"),
        });
      expect(JSON.parse((await verify(token, "--json")).output)).toMatchObject({ valid: true, failures: [] });
    }
  });

  it("tells by its status what is wrong: 3 signature, 4 time, 5 issuer, client and use", async () => {
    const { AccessToken } = tokens;
    const [header = "", body = "", signature = ""] = AccessToken.split(".");
    const claims = claimsOf(AccessToken);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const { kid } = JSON.parse(Buffer.from(header, "base64url").toString());
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const forge = (head: object, seal: (text: string) => Buffer) => {
      const text = `${part(head)}.${part(claims)}`;
      return `${text}.${seal(text).toString("base64url")}`;
    };
    const published = await (await fetch(`${world.url}/${place.UserPoolId}/.well-known/jwks.json`)).text();
    const forgeries = {
      "changed claims": `${header}.${part({ ...claims, username: "root" })}.${signature}`,
      "no signature": `${part({ alg: "none", kid })}.${body}.AA`,
      "the public key as a secret": forge({ alg: "HS256", kid }, (text) =>
        createHmac("sha256", published).update(text).digest(),
      ),
      "another key by the same name": forge({ alg: "RS256", kid }, (text) =>
        sign("sha256", Buffer.from(text), privateKey),
      ),
      "a key of nobody": forge({ alg: "RS256", kid: "mine" }, (text) =>
        sign("sha256", Buffer.from(text), privateKey),
      ),
    };
    for (const [name, token] of Object.entries(forgeries)) {
      const { status, output, errors } = await verify(token);
      expect([name, status, output]).toEqual([name, 3, ""]);
      expect(errors).toMatch(/^cognate: not valid: /);
    }
    const other = await scene(world);
    for (const [more, sentence] of [
      [["--use", "id"], "it is an access token, not an ID token"],
      [["--client", "somebody-else"], `it is for the client ${place.ClientId}, not for somebody-else`],
    ] as const)
      expect(await verify(AccessToken, ...more)).toMatchObject({
        status: 5,
        errors: `cognate: not valid: ${sentence}\n`,
      });
    expect((await verify(AccessToken, "--pool", other.UserPoolId)).status).toBe(3);
    expect(JSON.parse((await verify(AccessToken, "--json", "--use", "id")).output)).toMatchObject({
      valid: false,
      failures: [{ check: "claims" }],
    });
    // Tokens of a server whose clock is behind have expired here.
    await world.advanceSeconds(-7200);
    const old = await place.tokens("ana", PASSWORD);
    await world.advanceSeconds(7200);
    expect(await verify(old.IdToken)).toMatchObject({
      status: 4,
      errors: "cognate: not valid: it has expired\n",
    });
  });

  it("asks a server that was named, never the address that a token gives", async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const iss = `${world.url}/${place.UserPoolId}`;
    const foreign = `${part({ alg: "RS256" })}.${part({ iss: `http://127.0.0.1:1/${place.UserPoolId}` })}.AA`;
    expect((await verify(foreign)).errors).toContain("not valid: the pool has no key");
    expect(await verify(`${part({})}.${part({ iss: "https://example.com/evil" })}.AA`)).toMatchObject({
      status: 2,
      errors: expect.stringContaining("the token names no user pool"),
    });
    expect(await verify(`${part({})}.${part({ iss: `${iss}x` })}.AA`)).toMatchObject({
      status: 2,
      errors: expect.stringContaining(`has no user pool ${place.UserPoolId}x; give --endpoint-url`),
    });
    const nowhere = await runCommand(["token", "verify", "--endpoint-url", "http://127.0.0.1:1"], {
      input: tokens.IdToken,
    });
    expect(nowhere).toMatchObject({
      status: 1,
      errors: expect.stringContaining("http://127.0.0.1:1 cannot be reached"),
    });
  });
});
