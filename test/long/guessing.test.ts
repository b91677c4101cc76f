import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Api } from "../support/api.ts";
import { refusal } from "../support/api.ts";
import { makeClient, makePool, makeUser, PASSWORD } from "../support/builders.ts";
import { type Nodes, startNodes } from "../support/nodes.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { sizes } from "./sizes.ts";

const GUESSES = 500;
const AT_ONCE = 50;
const WRONG = "NotAuthorizedException: Incorrect username or password.";
const OTHERS = [
  "NotAuthorizedException: Password attempts exceeded",
  "TooManyRequestsException: Rate exceeded",
];
const { url, reason } = inject("postgres");

describe.skipIf(url === null)(`of wrong passwords sent to two nodes at once ${reason}`, () => {
  let database: string;
  let nodes: Nodes;
  let ClientId: string;
  let UserPoolId: string;
  beforeAll(async () => {
    database = await createDatabase(url ?? "");
    nodes = await startNodes(database);
    UserPoolId = (await makePool(nodes.apis[0])).Id;
    ClientId = (await makeClient(nodes.apis[0], UserPoolId, { PreventUserExistenceErrors: "ENABLED" }))
      .ClientId;
  });
  afterAll(async () => {
    await nodes.close();
    await dropDatabase(url ?? "", database);
  });

  const guess = (by: Api, USERNAME: string) =>
    refusal(
      by("InitiateAuth", {
        ClientId,
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME, PASSWORD: "Wrong-Horse-9" },
      }),
    );
  /** How many guesses the schedule of locks has let through after so many seconds. */
  const allowed = (seconds: number): number => {
    let [evaluated, free] = [5, 1];
    for (let lock = 2; free <= seconds; lock *= 2) {
      evaluated++;
      free += lock;
    }
    return evaluated;
  };

  it.each([
    ["a user", true],
    ["a name that no user has", false],
  ])("five hundred at %s, five are looked at before the first lock", async (_, exists) => {
    for (let round = 0; round < sizes.guessings; round++) {
      const name = `${exists ? "user" : "nobody"}-${round}`;
      if (exists) await makeUser(nodes.apis[0], UserPoolId, name, { password: PASSWORD });
      const startedAt = performance.now();
      let left = GUESSES;
      const answers: string[] = [];
      const caller = async (i: number) => {
        while (left-- > 0) answers.push(await guess(nodes.apis[i % 2] as Api, name));
      };
      await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => caller(i)));
      const seconds = (performance.now() - startedAt) / 1000;
      const looked = answers.filter((answer) => answer === WRONG).length;
      expect(answers).toHaveLength(GUESSES);
      expect(answers.filter((answer) => answer !== WRONG && !OTHERS.includes(answer))).toEqual([]);
      expect(looked).toBeGreaterThanOrEqual(5);
      expect(looked).toBeLessThanOrEqual(allowed(seconds));
    }
  });

  it(`ten at most are looked at in ${sizes.guessingSeconds} seconds`, async () => {
    await makeUser(nodes.apis[0], UserPoolId, "minute", { password: PASSWORD });
    const end = Date.now() + sizes.guessingSeconds * 1000;
    let looked = 0;
    let sent = 0;
    const caller = async (i: number) => {
      while (Date.now() < end) {
        sent++;
        if ((await guess(nodes.apis[i % 2] as Api, "minute")) === WRONG) looked++;
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, i) => caller(i)));
    console.info(`${sent} guesses in ${sizes.guessingSeconds} s, ${looked} looked at`);
    expect(sent).toBeGreaterThan(8 * sizes.guessingSeconds);
    expect(looked).toBeLessThanOrEqual(10);
  });
});
