import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hash as bcrypt } from "@node-rs/bcrypt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApiRefusal, apiOf } from "../support/api.ts";
import { makePool, PASSWORD } from "../support/builders.ts";
import { runCommand } from "../support/command-line.ts";
import { csv, importCsv } from "../support/user-imports.ts";
import { startWorld, type World } from "../support/world.ts";
import { figure } from "./figure.ts";
import { sizes } from "./sizes.ts";

const TEN_MINUTES = 600_000;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "cognate-transfer-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1000;
};

describe(`a pool with ${sizes.copiedUsers} users`, () => {
  let here: World;
  let there: World;
  const at = ({ url }: World, name: string) => `${url}#${name}`;
  const pool = async (...args: string[]) => {
    const run = await runCommand(["pool", ...args]);
    if (run.status > 1) throw new Error(run.errors);
    return run;
  };
  const journal = () => ["--progress", join(directory, "copy.jsonl")];

  beforeAll(async () => {
    [here, there] = await Promise.all([startWorld(), startWorld()]);
    const api = apiOf(here);
    const { Id: UserPoolId } = await makePool(api, { PoolName: "many", AutoVerifiedAttributes: ["email"] });
    const hash = await bcrypt(PASSWORD, { cost: 4 });
    const columns = ["cognito:username", "email", "email_verified", "name", "password_hash"];
    const rows = Array.from({ length: sizes.copiedUsers }, (_, index) => ({
      "cognito:username": `user${index}`,
      email: `user${index}@x.test`,
      email_verified: index % 10 === 9 ? "false" : "true",
      name: `Ü\\, ${index}`,
      // One in fifty has to set a password.
      password_hash: index % 50 === 0 ? "" : hash,
    }));
    await importCsv(
      api,
      UserPoolId,
      csv(
        columns,
        rows.filter((row) => row.email_verified === "true"),
      ),
      {
        PasswordHashingAlgorithm: "BCRYPT",
      },
    );
    for (const row of rows.filter(({ email_verified }) => email_verified === "false"))
      await api("AdminCreateUser", {
        UserPoolId,
        Username: row["cognito:username"],
        UserAttributes: [{ Name: "email", Value: row.email }],
        MessageAction: "SUPPRESS",
      });
    for (const GroupName of ["staff", "guests"]) await api("CreateGroup", { UserPoolId, GroupName });
    for (let index = 0; index < sizes.copiedUsers; index += 7)
      await api("AdminAddUserToGroup", { UserPoolId, Username: `user${index}`, GroupName: "staff" });
    for (let index = 1; index < sizes.copiedUsers; index += 90)
      await api("AdminDisableUser", { UserPoolId, Username: `user${index}` });
  }, TEN_MINUTES);
  afterAll(() => Promise.all([here.close(), there.close()]));

  it(
    "is the same after a round trip between two servers",
    async () => {
      const out = await seconds(() => pool("copy", at(here, "many"), at(there, "many"), ...journal()));
      const compared = await seconds(async () => {
        const { status, output } = await pool(
          "diff",
          at(here, "many"),
          at(there, "many"),
          "--users",
          "--json",
        );
        expect(JSON.parse(output).differences).toEqual([]);
        expect(status).toBe(0);
      });
      await pool("copy", at(there, "many"), at(here, "back"), ...journal());
      const { status, output } = await pool("diff", at(here, "many"), at(here, "back"), "--users");
      expect(output).toBe("");
      expect(status).toBe(0);
      const { output: users } = await runCommand([
        "user",
        "export",
        "--pool",
        "back",
        "--endpoint-url",
        here.url,
      ]);
      expect(users.trim().split("\n")).toHaveLength(sizes.copiedUsers);
      figure(
        "pool copy",
        `${Math.round(sizes.copiedUsers / out)} users/s, diff ${compared.toFixed(1)} s`,
        "diff empty",
      );
    },
    TEN_MINUTES,
  );

  it(
    "is exported with little memory",
    async () => {
      const file = join(directory, "users.jsonl");
      const { status, errors } = await runCommand(
        ["user", "export", "--pool", "many", "--endpoint-url", here.url, "--output", file],
        { env: { NODE_OPTIONS: "--max-old-space-size=32" } },
      );
      expect(errors).toMatch(/users exported/);
      expect(status).toBe(0);
      const names = new Set(
        readFileSync(file, "utf8")
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line).username),
      );
      expect(names.size).toBe(sizes.copiedUsers);
    },
    TEN_MINUTES,
  );
});

describe("user import where the server admits 50 creations a second", () => {
  let limited: World;
  beforeAll(async () => {
    limited = await startWorld({ limits: { enabled: true } });
  });
  afterAll(() => limited.close());

  it(
    "holds that limit beside a bare loop",
    async () => {
      const api = apiOf(limited);
      const { Id: UserPoolId } = await makePool(api);
      const count = sizes.limitedCreations;
      const bare = await seconds(async () => {
        for (let index = 0; index < count; )
          try {
            await api("AdminCreateUser", { UserPoolId, Username: `bare${index}`, MessageAction: "SUPPRESS" });
            index++;
          } catch (fault) {
            if (!(fault instanceof ApiRefusal) || fault.code !== "TooManyRequestsException") throw fault;
          }
      });
      const file = join(directory, "limited.jsonl");
      const lines = Array.from({ length: count }, (_, index) =>
        JSON.stringify({ username: `user${index}`, attributes: {} }),
      );
      writeFileSync(file, `${lines.join("\n")}\n`);
      const took = await seconds(async () => {
        const { status } = await runCommand([
          "user",
          "import",
          file,
          "--pool",
          UserPoolId,
          "--endpoint-url",
          limited.url,
        ]);
        expect(status).toBe(0);
      });
      figure(
        "user import",
        `${(count / took).toFixed(1)}/s with the start of the command, bare loop ${(count / bare).toFixed(1)}/s`,
        "0.9 of the bare loop, two seconds for the start and for learning the limit",
      );
      expect(took).toBeLessThan(bare / 0.9 + 2);
    },
    TEN_MINUTES,
  );
});
