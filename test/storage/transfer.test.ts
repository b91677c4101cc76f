import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import type { Store } from "../../src/domain/store.ts";
import { silentLogger } from "../../src/runtime/logger.ts";
import { openPostgresStore } from "../../src/storage/drivers/postgres.ts";
import { openSqliteStore } from "../../src/storage/drivers/sqlite.ts";
import { migrations } from "../../src/storage/migrations/index.ts";
import { openArchive, writeArchive } from "../../src/storage/transfer/archive.ts";
import { openPostgresSource, openPostgresTarget } from "../../src/storage/transfer/postgres.ts";
import {
  RowDigest,
  type RowSource,
  type RowTarget,
  type TableSummary,
} from "../../src/storage/transfer/rows.ts";
import { openSqliteSource, openSqliteTarget } from "../../src/storage/transfer/sqlite.ts";
import { transfer } from "../../src/storage/transfer/transfer.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { aClient, aPool, aUser, NOW } from "./rows.ts";

const { url, reason } = inject("postgres");
const anyKey = () => {};

interface Place {
  open(): Promise<Store>;
  source(): Promise<RowSource>;
  target(migrations: readonly string[]): Promise<RowTarget>;
  remove(): Promise<void>;
}

function embedded(): Place {
  const directory = mkdtempSync(join(tmpdir(), "cognate-transfer-"));
  const path = join(directory, "cognate.sqlite");
  return {
    open: () => openSqliteStore({ path, logger: silentLogger }),
    source: async () => openSqliteSource(path),
    target: (names) => openSqliteTarget(path, names, silentLogger),
    remove: async () => rmSync(directory, { recursive: true }),
  };
}

async function shared(): Promise<Place> {
  const database = await createDatabase(url ?? "");
  return {
    open: () => openPostgresStore({ url: database, poolSize: 2, logger: silentLogger }),
    source: () => openPostgresSource(database),
    target: (names) => openPostgresTarget(database, names, silentLogger),
    remove: () => dropDatabase(url ?? "", database),
  };
}

const KINDS = [
  { kind: "the embedded database", make: async () => embedded(), missing: null },
  { kind: "PostgreSQL", make: shared, missing: url === null ? reason : null },
];

/** A pool, a client and users with texts that databases stumble over. */
async function fill(store: Store, users = 25): Promise<void> {
  const pool = aPool();
  await store.userPools.insert(pool);
  await store.clients.insert(aClient(pool.key));
  for (let n = 0; n < users; n++) {
    const awkward = ["", "\0", "\u0001\0\u0002", "Zoë 😀", "o'Neil\n\\", "null"][n % 6] ?? "";
    const user = aUser(pool.key, { attributes: { name: awkward, family_name: `${n}` } });
    await store.users.insert(user, user.username, []);
  }
}

async function summariesOf(source: RowSource): Promise<TableSummary[]> {
  const summaries: TableSummary[] = [];
  for await (const { table, rows } of source.tables()) {
    const digest = new RowDigest();
    for await (const batch of rows()) for (const row of batch) digest.add(row);
    summaries.push(digest.summary(table));
  }
  await source.close();
  return summaries;
}

async function copied(source: RowSource, to: Place): Promise<TableSummary[]> {
  try {
    return await transfer(source, await to.target(source.migrations), anyKey);
  } finally {
    await source.close();
  }
}

describe("a row's digest", () => {
  const cell = fc.oneof(fc.string(), fc.integer(), fc.uint8Array(), fc.constant(null));
  const rows = fc.array(fc.tuple(cell, cell), { maxLength: 20 });
  const digestOf = (list: readonly (readonly (string | number | Uint8Array | null)[])[]) => {
    const digest = new RowDigest();
    for (const row of list) digest.add(row);
    return digest.summary("user_pool");
  };

  it("is the same in every order, and another for other rows", () => {
    fc.assert(
      fc.property(rows, fc.tuple(cell, cell), (list, more) => {
        expect(digestOf([...list].reverse())).toEqual(digestOf(list));
        expect(digestOf([...list, more]).digest).not.toBe(digestOf(list).digest);
      }),
    );
  });
});

for (const from of KINDS)
  describe.skipIf(from.missing)(`rows of ${from.kind} ${from.missing ?? ""}`, () => {
    const places: Place[] = [];
    let directory: string;
    const made = async (make: () => Promise<Place>) => {
      const place = await make();
      places.push(place);
      return place;
    };
    beforeEach(() => {
      directory = mkdtempSync(join(tmpdir(), "cognate-archive-"));
    });
    afterEach(async () => {
      for (const place of places.splice(0)) await place.remove();
      rmSync(directory, { recursive: true });
    });

    async function filled(): Promise<Place> {
      const place = await made(from.make);
      const store = await place.open();
      await fill(store);
      await store.close();
      return place;
    }

    async function archived(place: Place): Promise<{ file: string; summaries: TableSummary[] }> {
      const file = join(directory, "backup.gz");
      const source = await place.source();
      const summaries = await writeArchive(source, file);
      await source.close();
      return { file, summaries };
    }

    for (const to of KINDS)
      it.skipIf(to.missing)(`come into ${to.kind} as they were, by way of a file too`, async () => {
        const place = await filled();
        const before = await summariesOf(await place.source());
        expect(before.find(({ table }) => table === "user_account")?.rows).toBe(25);
        const { file, summaries } = await archived(place);
        expect(summaries).toEqual(before);
        expect(statSync(file).mode & 0o777).toBe(0o600);

        const direct = await made(to.make);
        expect(await copied(await place.source(), direct)).toEqual(before);
        expect(await summariesOf(await direct.source())).toEqual(before);

        const restored = await made(to.make);
        expect(await copied(await openArchive(file), restored)).toEqual(before);
        expect(await summariesOf(await restored.source())).toEqual(before);
        const store = await restored.open();
        const pool = await store.userPools.any();
        if (!pool) throw new Error("No pool came over");
        const names = [];
        for (const user of await store.users.list({
          poolKey: pool.key,
          condition: null,
          after: null,
          limit: 60,
        }))
          names.push(user.attributes.name);
        expect(names).toContain("\u0001\0\u0002");
        await store.close();
      });

    it("are refused by a database that holds any, which stays as it is", async () => {
      const place = await filled();
      const { file } = await archived(place);
      const before = await summariesOf(await place.source());
      await expect(copied(await openArchive(file), place)).rejects.toThrow("is not empty");
      expect(await summariesOf(await place.source())).toEqual(before);
    });

    it("come from a file of an earlier schema, which is then brought up to date", async () => {
      const place = await made(from.make);
      const [first, ...later] = migrations.map(({ name }) => name);
      const target = await place.target([first ?? ""]);
      const columns = [
        "account_id",
        "created_at",
        "id",
        "key",
        "mfa",
        "modified_at",
        "password_storage",
        "region",
      ];
      const values = ["123456789012", NOW, "us-east-1_old", 7, "{}", NOW, "srp", "us-east-1"];
      await target.insert(
        "user_pool",
        [...columns, "settings", "version", "wrapped_data_key"],
        [[...values, '{"Name":"old"}', 3, new Uint8Array([1])]],
      );
      await target.commit();
      const source = await place.source();
      expect(source.migrations).toEqual([first, ...later]);
      await source.close();
      const store = await place.open();
      expect((await store.userPools.any())?.id).toBe("us-east-1_old");
      await store.close();
    });

    it("leave nothing behind when the source ends in the middle or was altered", async () => {
      const { file } = await archived(await filled());
      const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split("\n");
      const altered: Record<string, Buffer> = {
        "cut bytes": readFileSync(file).subarray(0, 300),
        "cut lines": gzipSync(lines.slice(0, -1).join("\n")),
        "a row less": gzipSync(lines.filter((line) => !line.includes("Zoë")).join("\n")),
        "another value": gzipSync(lines.join("\n").replace("Zoë", "Zoe")),
        "not a backup": gzipSync("{}\n"),
        "not gzip": Buffer.from(lines.join("\n")),
        empty: Buffer.alloc(0),
      };
      for (const [how, content] of Object.entries(altered)) {
        const bad = join(directory, `${how}.gz`);
        writeFileSync(bad, content);
        const place = await made(from.make);
        await expect(async () => copied(await openArchive(bad), place), how).rejects.toThrow(
          "is not a whole backup",
        );
        const store = await place.open();
        expect(await store.userPools.any(), how).toBeNull();
        await store.close();
      }
    });

    it("are not taken from a newer program", async () => {
      const { file } = await archived(await filled());
      const text = gunzipSync(readFileSync(file)).toString();
      const newer = join(directory, "newer.gz");
      writeFileSync(newer, gzipSync(text.replace('"0001-initial"', '"0001-initial","9999-later"')));
      const place = await made(from.make);
      await expect(async () => copied(await openArchive(newer), place)).rejects.toThrow("newer version");
    });

    it("never overwrite a file", async () => {
      const place = await filled();
      const { file } = await archived(place);
      const before = readFileSync(file);
      await expect(archived(place)).rejects.toThrow("there already");
      expect(readFileSync(file)).toEqual(before);
      expect(existsSync(`${file}.partial`)).toBe(false);
    });
  });
