import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Api, ApiRefusal, apiOf } from "../support/api.ts";
import { makeClient, makePool, makeUser, PASSWORD, startSignIn } from "../support/builders.ts";
import { startWorld, type World } from "../support/world.ts";

/** More than may run and wait on any machine that runs this. */
const AT_ONCE = 1_500;
/** The fifth failure locks. */
const ROUNDS = 6;

describe("a server that cannot hash as fast as people sign in", () => {
  let world: World;
  let api: Api;
  beforeAll(async () => {
    world = await startWorld({ passwordStorage: "argon2id" });
    api = apiOf(world);
  });
  afterAll(() => world.close());

  it("refuses what cannot wait, and counts it as nobody's failure", async () => {
    const { Id } = await makePool(api);
    const client = await makeClient(api, Id);
    await makeUser(api, Id, "ana", { password: PASSWORD });
    const { hashing } = world.server.services;
    // Every place is taken, as by others who sign in.
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const others: Promise<void>[] = [];
    while (!hashing.full && others.length < AT_ONCE) others.push(hashing.run(() => released));
    for (let round = 0; round < ROUNDS; round++) {
      const refusal = await startSignIn(api, client, "ana").catch((fault: unknown) => fault);
      expect(refusal).toBeInstanceOf(ApiRefusal);
      expect(refusal).toMatchObject({ code: "TooManyRequestsException", message: "Rate exceeded" });
    }
    release();
    await Promise.all(others);
    expect((await startSignIn(api, client, "ana")).AuthenticationResult?.AccessToken).toBeTruthy();
  }, 60_000);

  it("locks nobody out whose password came while the last place was taken", async () => {
    const { Id } = await makePool(api);
    const client = await makeClient(api, Id);
    await makeUser(api, Id, "ben", { password: PASSWORD });
    const { hashing } = world.server.services;
    for (let round = 0; round < ROUNDS; round++) {
      const pending = startSignIn(api, client, "ben").catch((fault: unknown) => fault);
      let release = () => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      // Fills up at some moment between the check at the door and the hash.
      await new Promise((resolve) => setTimeout(resolve, round));
      const others: Promise<void>[] = [];
      while (!hashing.full && others.length < AT_ONCE) others.push(hashing.run(() => released));
      await new Promise((resolve) => setTimeout(resolve, 20));
      release();
      await Promise.all(others);
      const outcome = await pending;
      if (outcome instanceof ApiRefusal) expect(outcome.code).toBe("TooManyRequestsException");
    }
    expect((await startSignIn(api, client, "ben")).AuthenticationResult?.AccessToken).toBeTruthy();
  }, 60_000);
});
