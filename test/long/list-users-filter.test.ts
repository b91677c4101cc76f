import { performance } from "node:perf_hooks";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Input } from "../../src/api/operation.ts";
import { parseUserFilter } from "../../src/domain/users/index.ts";
import { type Api, ApiRefusal, apiOf } from "../support/api.ts";
import { attributes, makePool } from "../support/builders.ts";
import { drawsFrom } from "../support/model-probe.ts";
import { startNodes } from "../support/nodes.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { startWorld } from "../support/world.ts";
import { sizes } from "./sizes.ts";

const SEED = 20_260_103;
const draw = drawsFrom(SEED);
const pick = <T>(items: readonly T[]): T => items[Math.floor(draw() * items.length)] as T;

/** What careless SQL, LIKE, regular expressions, LDAP filters or text handling would take for something else. */
const PIECES = [
  ...[
    "a",
    "b",
    "A",
    "ana",
    "0",
    " ",
    "%",
    "_",
    "*",
    "?",
    "\\",
    '"',
    "'",
    "''",
    "--",
    ";",
    "/*",
    "*/",
    "$1",
    "?1",
    ":a",
  ],
  ...[
    "' OR 1=1 --",
    '" or "a"="a',
    "%27",
    "[a-z]",
    ".*",
    "^",
    "$",
    "(",
    ")",
    "|",
    "&",
    "(uid=*)",
    "\0",
    "\u0001",
    "\u0002",
  ],
  ...[
    "\u001f",
    "\t",
    "\n",
    "\r\n",
    "\u00a0",
    "\u2028",
    "\u200d",
    "\uffff",
    "\u{10ffff}",
    "\ud7ff",
    "\ue000",
    "é",
    "e\u0301",
  ],
  ...[
    "ß",
    "ẞ",
    "İ",
    "ı",
    "ſ",
    "K",
    "Σ",
    "ς",
    "😀",
    "👩‍👧",
    "\ud83d",
    "漢",
    "null",
    "undefined",
    "__proto__",
    "x'00'",
  ],
] as const;
const text = (most: number): string =>
  Array.from({ length: 1 + Math.floor(draw() * most) }, () => pick(PIECES)).join("");

type Status = "CONFIRMED" | "FORCE_CHANGE_PASSWORD";
interface Person {
  readonly Username: string;
  readonly sub: string;
  readonly status: Status;
  readonly enabled: boolean;
  readonly attributes: Readonly<Record<string, string>>;
}

// The reference: what the documentation of ListUsers says of filters, over a plain list

const LOWER = ["email", "phone_number", "name", "given_name", "family_name", "preferred_username"];
const GRAMMAR = /^\s*(?:"([^"\s=^]+)"|([^"\s=^]+))\s*(\^?=)\s*"((?:\\[\s\S]|[^"\\])*)"\s*$/;
const MOST_CHARACTERS = 256;

/** The names of those who are found, sorted; null where the filter must be refused. */
function expectedNames(people: readonly Person[], filter: string): string[] | null {
  if ([...filter].length > MOST_CHARACTERS) return null;
  const all = (is: (person: Person) => boolean) =>
    people
      .filter(is)
      .map(({ Username }) => Username)
      .sort();
  if (filter.trim() === "") return all(() => true);
  const match = GRAMMAR.exec(filter);
  if (!match) return null;
  const name = match[1] ?? match[2] ?? "";
  const sought = (match[4] ?? "").replace(/\\([\s\S])/g, "$1").toWellFormed();
  const compare = (value: string, wanted: string) =>
    match[3] === "=" ? value === wanted : value.startsWith(wanted);
  if (LOWER.includes(name))
    return all(({ attributes: { [name]: value } }) =>
      value === undefined ? false : compare(value.toLowerCase(), sought.toLowerCase()),
    );
  switch (name) {
    case "username":
      return all(({ Username }) => compare(Username, sought));
    case "sub":
      return all(({ sub }) => compare(sub, sought));
    case "cognito:user_status":
      return all(({ status }) => compare(status, sought.toUpperCase()));
    case "status":
      return all(({ enabled }) => sought !== "" && compare(enabled ? "Enabled" : "Disabled", sought));
    default:
      return null;
  }
}

// Filters: well-formed ones for what is there, beside it, and broken ones

const NAMES = [
  ...LOWER,
  "username",
  "sub",
  "cognito:user_status",
  "status",
  "custom:x",
  "nickname",
  "Email",
  "__proto__",
];
const escaped = (value: string) => value.replace(/[\\"]/g, (character) => `\\${character}`);

function filterFor(people: readonly Person[]): string {
  const person = pick(people);
  const name = pick(NAMES);
  const held: Record<string, string> = {
    ...person.attributes,
    username: person.Username,
    sub: person.sub,
    "cognito:user_status": person.status,
    status: person.enabled ? "Enabled" : "Disabled",
  };
  const value = Object.hasOwn(held, name) && draw() < 0.7 ? (held[name] ?? "") : text(3);
  const cut = draw() < 0.5 ? value : value.slice(0, Math.floor(draw() * (value.length + 1)));
  const quotedValue = draw() < 0.8 ? escaped(cut) : cut;
  const space = () => (draw() < 0.8 ? " " : pick(["", "  ", "\t", "\n", "\u00a0"]));
  const operator = pick(["=", "=", "=", "^=", "^=", "^=", "==", "<>", "^ =", "*="]);
  const filter = `${space()}${draw() < 0.9 ? name : `"${name}"`}${space()}${operator}${space()}"${quotedValue}"${space()}`;
  if (draw() < 0.9) return filter;
  const place = Math.floor(draw() * filter.length);
  return filter.slice(0, place) + pick(PIECES) + filter.slice(place + Math.floor(draw() * 2));
}

async function settle(api: Api): Promise<{ UserPoolId: string; people: Person[] }> {
  const { Id: UserPoolId } = await makePool(api);
  const people: Person[] = [];
  for (let i = 0; i < 40; i++) {
    const Username = `${pick(["u", "U", "%", "_", "'"])}${i}`;
    const given: Record<string, string> = {
      email: `${pick(["a", "A", "b%", "b_", "'", "*"])}${i}@x.example`,
    };
    for (const name of ["name", "given_name", "family_name", "preferred_username"])
      if (draw() < 0.7) given[name] = text(4).slice(0, 120).toWellFormed();
    // An alias may be had by one user only, and is not the user's own name.
    if (given.preferred_username !== undefined) given.preferred_username += `.${i}`;
    const input: Input<"AdminCreateUser"> = {
      UserPoolId,
      Username,
      MessageAction: "SUPPRESS",
      UserAttributes: attributes(given),
    };
    const { User } = await api("AdminCreateUser", input);
    const enabled = draw() < 0.7;
    if (!enabled) await api("AdminDisableUser", { UserPoolId, Username });
    const confirmed = draw() < 0.5;
    if (confirmed)
      await api("AdminSetUserPassword", {
        UserPoolId,
        Username,
        Password: "Correct-Horse-9",
        Permanent: true,
      });
    const sub = User?.Attributes?.find(({ Name }) => Name === "sub")?.Value ?? "";
    people.push({
      Username,
      sub,
      status: confirmed ? "CONFIRMED" : "FORCE_CHANGE_PASSWORD",
      enabled,
      attributes: given,
    });
  }
  return { UserPoolId, people };
}

async function foundNames(
  api: Api,
  UserPoolId: string,
  Filter: string,
  Limit: number,
): Promise<string[] | null> {
  const names: string[] = [];
  let PaginationToken: string | undefined;
  try {
    do {
      const page = await api("ListUsers", {
        UserPoolId,
        Filter,
        Limit,
        ...(PaginationToken ? { PaginationToken } : {}),
      });
      names.push(...(page.Users ?? []).map(({ Username = "" }) => Username));
      PaginationToken = page.PaginationToken;
    } while (PaginationToken);
    return names.sort();
  } catch (fault) {
    if (fault instanceof ApiRefusal && fault.code === "InvalidParameterException") return null;
    throw fault;
  }
}

const postgres = inject("postgres");
const databases = [
  {
    name: "SQLite",
    open: async () => {
      const world = await startWorld();
      return { api: apiOf(world), close: () => world.close() };
    },
  },
  {
    name: "PostgreSQL",
    open: async () => {
      const database = await createDatabase(postgres.url ?? "");
      const nodes = await startNodes(database);
      return {
        api: nodes.apis[0],
        close: async () => {
          await nodes.close();
          await dropDatabase(postgres.url ?? "", database);
        },
      };
    },
  },
];

for (const { name, open } of databases)
  describe.skipIf(name === "PostgreSQL" && postgres.url === null)(
    `the filter of ListUsers on ${name}`,
    () => {
      let api: Api;
      let close: () => Promise<void>;
      beforeAll(async () => {
        ({ api, close } = await open());
      });
      afterAll(() => close());

      it("finds whom the reference finds and refuses what it refuses, whatever the values and the filter hold", async () => {
        const { UserPoolId, people } = await settle(api);
        const seen = { refused: 0, nobody: 0, somebody: 0 };
        for (let i = 0; i < sizes.filters; i++) {
          const filter = filterFor(people);
          const expected = expectedNames(people, filter);
          seen[expected === null ? "refused" : expected.length === 0 ? "nobody" : "somebody"]++;
          expect(
            await foundNames(api, UserPoolId, filter, pick([3, 60, 60])),
            JSON.stringify(filter),
          ).toEqual(expected);
        }
        console.log(`${sizes.filters} filters on ${name}: ${JSON.stringify(seen)}`);
        for (const count of Object.values(seen)) expect(count).toBeGreaterThan(sizes.filters / 20);
      });
    },
  );

describe("reading a filter", () => {
  const timeOf = (filter: string): number => {
    const startedAt = performance.now();
    try {
      parseUserFilter(filter);
    } catch {
      // Refused: as good as any answer.
    }
    return performance.now() - startedAt;
  };
  const best = (filter: string) => Math.min(...Array.from({ length: 5 }, () => timeOf(filter)));
  const shapes: readonly ((length: number) => string)[] = PIECES.flatMap((piece) => [
    (length: number) => piece.repeat(length).slice(0, length),
    (length: number) => `name = "${piece.repeat(length).slice(0, length)}`,
    (length: number) => `name ^= "${escaped(piece.repeat(length).slice(0, length))}" x`,
    (length: number) => `${" ".repeat(length)}name${" ".repeat(length)}=${" ".repeat(length)}${piece}`,
  ]);

  it("takes at most 5 ms for 2 KB, and no more than in proportion for a hundred times that", () => {
    for (const shape of shapes) {
      const short = best(shape(2_048));
      expect(short, JSON.stringify(shape(20))).toBeLessThan(5);
      expect(best(shape(204_800)), JSON.stringify(shape(20))).toBeLessThan(300);
    }
  });
});
