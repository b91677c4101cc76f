import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Input } from "../../src/api/operation.ts";
import { refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { closeWithinModel } from "../support/builders.ts";
import { named, type Scene, scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

const UNPARSABLE = "InvalidParameterException: Error while parsing filter.";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => closeWithinModel(world));

type Listing = Partial<Input<"ListUsers">>;

const list = ({ api, UserPoolId }: Scene, more: Listing = {}) => api("ListUsers", { UserPoolId, ...more });
const names = async (place: Scene, Filter?: string, more: Listing = {}) =>
  ((await list(place, { ...(Filter === undefined ? {} : { Filter }), ...more })).Users ?? []).map(
    (user) => user.Username,
  );

/** All pages, one after the other. */
async function pages(place: Scene, more: Listing): Promise<(string | undefined)[][]> {
  const all: (string | undefined)[][] = [];
  let PaginationToken: string | undefined;
  do {
    const page = await list(place, { ...more, ...(PaginationToken ? { PaginationToken } : {}) });
    all.push((page.Users ?? []).map((user) => user.Username));
    PaginationToken = page.PaginationToken;
  } while (PaginationToken);
  return all;
}

describe.skipIf(awsCliMissing)(`the users of a pool, by the AWS CLI ${awsCliMissing ?? ""}`, () => {
  it("are listed by a filter, page by page, with the attributes asked for", async () => {
    const place = await scene(world);
    for (const name of ["ana", "bea", "eve"])
      await place.user(name, { email: `${name}@example.com`, family_name: "Smith" });
    const aws = awsCli(world.url);
    const one = await aws(
      ...["list-users", "--user-pool-id", place.UserPoolId, "--filter", 'email = "ANA@example.com"'],
    );
    expect(one.output).toEqual({
      Users: [
        {
          Username: "ana",
          Attributes: [
            { Name: "sub", Value: expect.stringMatching(/^[0-9a-f-]{36}$/) },
            { Name: "email", Value: "ana@example.com" },
            { Name: "family_name", Value: "Smith" },
          ],
          UserCreateDate: expect.anything(),
          UserLastModifiedDate: expect.anything(),
          Enabled: true,
          UserStatus: "CONFIRMED",
        },
      ],
    });
    const all = await aws(
      ...["list-users", "--user-pool-id", place.UserPoolId, "--filter", 'family_name ^= "sm"'],
      ...["--page-size", "2", "--attributes-to-get", "email"],
    );
    expect(all.output.Users.map((user: { Attributes: unknown }) => user.Attributes)).toEqual(
      ["ana", "bea", "eve"].map((name) => [{ Name: "email", Value: `${name}@example.com` }]),
    );
  });
});

describe("the filter of ListUsers", () => {
  let place: Scene;
  beforeAll(async () => {
    place = await scene(world);
    await place.user("Ana", {
      email: "Ana@Example.com",
      phone_number: "+15555550123",
      name: 'Ana "the" \\ Great',
      given_name: "Ana",
      family_name: "Smith",
      preferred_username: "anna",
    });
    await place.user("bob", { email: "bob@example.com", family_name: "smithers", name: "Bob = Bob" });
    await place.invited("carl", { family_name: "Miller", given_name: "Äöü" });
    await place.api("AdminDisableUser", { UserPoolId: place.UserPoolId, Username: "bob" });
  });

  it.each([
    ['username = "Ana"', ["Ana"]],
    ['username = "ana"', []],
    ['username ^= "A"', ["Ana"]],
    ['username ^= "a"', []],
    ['email = "ana@example.COM"', ["Ana"]],
    ['email ^= "BOB"', ["bob"]],
    ['email ^= "@"', []],
    ['phone_number = "+15555550123"', ["Ana"]],
    ['phone_number ^= "+1555"', ["Ana"]],
    ['name = "bob = bob"', ["bob"]],
    ['given_name = "ana"', ["Ana"]],
    ['given_name ^= "äÖ"', ["carl"]],
    ['family_name = "SMITH"', ["Ana"]],
    ['family_name ^= "smith"', ["Ana", "bob"]],
    ['preferred_username = "ANNA"', ["Ana"]],
    ['cognito:user_status = "CONFIRMED"', ["Ana", "bob"]],
    ['cognito:user_status = "confirmed"', ["Ana", "bob"]],
    ['cognito:user_status ^= "force"', ["carl"]],
    ['cognito:user_status = "UNCONFIRMED"', []],
    ['status = "Enabled"', ["Ana", "carl"]],
    ['status = "Disabled"', ["bob"]],
    ['status = "disabled"', []],
    ['name = "Ana \\"the\\" \\\\ Great"', ["Ana"]],
    ['name ^= "Ana \\"the"', ["Ana"]],
    ['  family_name   =   "smith"  ', ["Ana"]],
    ['family_name="smith"', ["Ana"]],
    ['family_name^="smith"', ["Ana", "bob"]],
    ['family_name ^= ""', ["Ana", "bob", "carl"]],
    ['given_name = ""', []],
    ['family_name = "%"', []],
    ['family_name ^= "_"', []],
  ])("%s finds %j", async (filter, expected) => {
    expect((await names(place, filter)).sort()).toEqual(expected);
  });

  it("finds a user by the sub", async () => {
    const sub = named((await list(place, { Filter: 'username = "Ana"' })).Users?.[0]?.Attributes).sub ?? "";
    expect(await names(place, `sub = "${sub}"`)).toEqual(["Ana"]);
    expect(await names(place, `sub = "${sub.toUpperCase()}x"`)).toEqual([]);
  });

  it("finds all when it is empty or absent", async () => {
    expect((await names(place)).sort()).toEqual(["Ana", "bob", "carl"]);
    expect((await names(place, "")).sort()).toEqual(["Ana", "bob", "carl"]);
  });

  it.each([
    "email",
    "email =",
    'email "x"',
    "email = x",
    'email = "x',
    'email = x"',
    "email = 'x'",
    'email == "x"',
    'email <> "x"',
    'email *= "x"',
    'email = "x" and name = "y"',
    'email = "x" "y"',
    '= "x"',
    '"x"',
    'email ^ = "x"',
    '(email = "x")',
    'email = "x\\"',
  ])("%s is refused: it cannot be parsed", async (filter) => {
    expect(await refusal(list(place, { Filter: filter }))).toBe(UNPARSABLE);
  });

  it.each([
    "custom:team",
    "nickname",
    "address",
    "Email",
    "enabled",
    "constructor",
    "__proto__",
    "UserStatus",
  ])("by %s is refused: it is not searched by", async (name) => {
    expect(await refusal(list(place, { Filter: `${name} = "x"` }))).toMatch(
      new RegExp(`^InvalidParameterException: .*${name}`),
    );
  });

  it("is refused when longer than 256 characters", async () => {
    expect(await refusal(list(place, { Filter: `name = "${"x".repeat(256)}"` }))).toMatch(
      /^InvalidParameterException: 1 validation error detected: Value '.*' at 'filter' failed to satisfy constraint: Member must have length less than or equal to 256$/,
    );
  });
});

describe("the filter of ListUsers on hostile values", () => {
  const HOSTILE = fc.oneof(
    fc.constantFrom(
      '"',
      "\\",
      '\\"',
      "'",
      "%",
      "_",
      "*",
      "' OR 1=1 --",
      "\u0000",
      "\u0001",
      "\uffff",
      "\u{10ffff}",
      "é",
      "e\u0301",
      "İ",
      "ß",
      "ſ",
      "😀",
      "\ud83d",
      " a ",
      '" = "',
    ),
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.string({ unit: "grapheme", maxLength: 8 }),
  );
  const stored = (text: string) => text.toWellFormed();
  const quoted = (text: string) => `"${text.replace(/[\\"]/g, (character) => `\\${character}`)}"`;

  it("finds exactly the users that a plain comparison finds", async () => {
    const values = fc.sample(HOSTILE, { numRuns: 40, seed: 7 }).filter((value) => value !== "");
    const place = await scene(world);
    const users = new Map<string, string>();
    for (const [i, value] of [...values, ...values.map((v) => `${v}${v}`)].entries()) {
      users.set(`u${i}`, stored(value).toLowerCase());
      await place.api("AdminCreateUser", {
        UserPoolId: place.UserPoolId,
        Username: `u${i}`,
        MessageAction: "SUPPRESS",
        TemporaryPassword: "First-Day-Pass-1",
        UserAttributes: [{ Name: "name", Value: value }],
      });
    }
    const probe = fc.oneof(
      fc.constantFrom(...users.values()),
      fc.constantFrom(...users.values()).map((value) => Array.from(value)[0] ?? ""),
      HOSTILE,
    );
    await fc.assert(
      fc.asyncProperty(probe, fc.constantFrom("=", "^="), async (value, operator) => {
        const wanted = stored(value).toLowerCase();
        const expected = [...users]
          .filter(([, name]) => (operator === "=" ? name === wanted : name.startsWith(wanted)))
          .map(([user]) => user);
        const found = (await pages(place, { Filter: `name ${operator} ${quoted(value)}` })).flat();
        expect([...found].sort()).toEqual(expected.sort());
      }),
      { numRuns: 150, seed: 42 },
    );
  });

  it("answers any filter text with users or a refusal, never with a fault", async () => {
    const place = await scene(world);
    await place.invited("ana", { name: "Ana" });
    const pieces = fc.constantFrom(
      "name",
      "username",
      "=",
      "^=",
      '"',
      "\\",
      " ",
      "a",
      "\u0000",
      "^",
      "x:",
      "\n",
      "(",
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join("")),
        async (Filter) => {
          const answer = await list(place, { Filter }).then(
            () => "InvalidParameterException: ",
            (error: { code?: string; message: string }) => `${error.code}: ${error.message}`,
          );
          expect(answer).toMatch(/^InvalidParameterException: /);
        },
      ),
      { numRuns: 150, seed: 42 },
    );
  });
});

describe("the pages of ListUsers", () => {
  const COUNT = 13;
  let place: Scene;
  beforeAll(async () => {
    place = await scene(world);
    for (let i = 0; i < COUNT; i++)
      await place.invited(`u${String(i).padStart(2, "0")}`, {
        // Equal values, values that begin alike, and none at all.
        ...(i % 3 === 0 ? { family_name: "Smith" } : i % 3 === 1 ? { family_name: `Smith${i}` } : {}),
      });
  });
  const everyone = Array.from({ length: COUNT }, (_, i) => `u${String(i).padStart(2, "0")}`);

  it("hold every user once, at every size", async () => {
    for (let Limit = 1; Limit <= COUNT + 1; Limit++) {
      const all = await pages(place, { Limit });
      expect(all.flat().sort()).toEqual(everyone);
      expect(all.slice(0, -1).every((page) => page.length === Limit)).toBe(true);
      expect(all.at(-1)?.length).toBeLessThanOrEqual(Limit);
    }
  });

  it.each([
    ['family_name = "smith"', everyone.filter((_, i) => i % 3 === 0)],
    ['family_name ^= "smith"', everyone.filter((_, i) => i % 3 !== 2)],
    ['username ^= "u0"', everyone.slice(0, 10)],
    ['cognito:user_status ^= "F"', everyone],
    ['status = "Enabled"', everyone],
    ['status ^= "E"', everyone],
    ['sub ^= ""', everyone],
  ])("hold every user once who is found by %s, at every size", async (Filter, expected) => {
    for (const Limit of [1, 2, 3, 5, 60])
      expect((await pages(place, { Limit, Filter })).flat().sort()).toEqual(expected);
  });

  it("are in the order of the searched attribute", async () => {
    const values: string[] = [];
    let PaginationToken: string | undefined;
    do {
      const page = await list(place, {
        Filter: 'family_name ^= "s"',
        Limit: 2,
        ...(PaginationToken ? { PaginationToken } : {}),
      });
      values.push(...(page.Users ?? []).map((user) => named(user.Attributes).family_name ?? ""));
      PaginationToken = page.PaginationToken;
    } while (PaginationToken);
    expect(values).toEqual([...values].sort());
  });

  it("hold sixty users when no size or zero is asked for, and at most sixty", async () => {
    const big = await scene(world);
    await Promise.all(Array.from({ length: 61 }, (_, i) => big.invited(`u${i}`)));
    for (const more of [{}, { Limit: 0 }, { Limit: 60 }]) {
      const page = await list(big, more);
      expect(page.Users).toHaveLength(60);
      expect(page.PaginationToken).toEqual(expect.any(String));
    }
    expect(await refusal(list(big, { Limit: 61 }))).toBe(
      "InvalidParameterException: 1 validation error detected: Value '61' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 60",
    );
  });

  it("go on as they were while users are added and removed", async () => {
    const moving = await scene(world);
    for (const name of ["a", "b", "c", "d", "e"]) await moving.invited(name);
    const first = await list(moving, { Limit: 2 });
    const gone = first.Users?.[1]?.Username ?? "";
    await moving.api("AdminDeleteUser", { UserPoolId: moving.UserPoolId, Username: gone });
    await moving.invited("f");
    const rest = await list(moving, { PaginationToken: first.PaginationToken ?? "" });
    const seen = [...(first.Users ?? []), ...(rest.Users ?? [])].map((user) => user.Username);
    expect(new Set(seen).size).toBe(seen.length);
    for (const name of ["a", "b", "c", "d", "e"]) expect(seen).toContain(name);
  });

  it("follow a token only with the same pool, filter and attributes, and for an hour", async () => {
    const Filter = 'family_name ^= "smith"';
    const { PaginationToken = "" } = await list(place, { Limit: 2, Filter });
    const elsewhere = await scene(world);
    const invalid = /^InvalidParameterException: /;
    expect((await list(place, { Limit: 5, Filter, PaginationToken })).Users).toHaveLength(5);
    expect(await refusal(list(place, { PaginationToken }))).toMatch(invalid);
    expect(await refusal(list(place, { Filter: 'family_name ^= "smit"', PaginationToken }))).toMatch(invalid);
    expect(await refusal(list(place, { Filter, AttributesToGet: ["email"], PaginationToken }))).toMatch(
      invalid,
    );
    expect(await refusal(list(elsewhere, { Filter, PaginationToken }))).toMatch(invalid);
    expect(await refusal(list(place, { Filter, PaginationToken: "garbage" }))).toMatch(invalid);
    expect(
      await refusal(list(place, { Filter, PaginationToken: `${PaginationToken.slice(0, -4)}AAAA` })),
    ).toMatch(invalid);
    await world.advanceSeconds(3601);
    expect(await refusal(list(place, { Filter, PaginationToken }))).toMatch(invalid);
  });
});

describe("AttributesToGet", () => {
  it("limits what is shown to what is named, and what is set", async () => {
    const place = await scene(world);
    await place.invited("ana", { email: "ana@example.com", name: "Ana" });
    const { Users } = await list(place, { AttributesToGet: ["email", "nickname"] });
    expect(Users?.[0]?.Attributes).toEqual([{ Name: "email", Value: "ana@example.com" }]);
    const { Users: all } = await list(place, { AttributesToGet: [] });
    expect(Object.keys(named(all?.[0]?.Attributes))).toEqual(["sub", "email", "name"]);
  });

  it("is refused for an attribute outside the schema", async () => {
    const place = await scene(world);
    expect(await refusal(list(place, { AttributesToGet: ["custom:none"] }))).toBe(
      "InvalidParameterException: One or more requested attributes do not exist.",
    );
  });
});

describe("a pool without users, and one that does not exist", () => {
  it("list nobody, and are refused", async () => {
    const place = await scene(world);
    expect(await list(place)).toEqual({ Users: [] });
    expect(await refusal(place.api("ListUsers", { UserPoolId: "us-east-1_AbCdEf123" }))).toBe(
      "ResourceNotFoundException: User pool us-east-1_AbCdEf123 does not exist.",
    );
  });

  it("never list another pool's users", async () => {
    const one = await scene(world);
    const two = await scene(world);
    await one.invited("ana");
    expect(await names(two)).toEqual([]);
    expect(await names(two, 'username = "ana"')).toEqual([]);
  });
});
