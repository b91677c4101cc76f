import { describe, expect, inject, it } from "vitest";
import { brokenCopy } from "../support/broken-copy.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { type HistoryOptions, type HistoryVerdict, recordHistory } from "../support/recorded-history.ts";
import { figure } from "./figure.ts";
import { sizes } from "./sizes.ts";

const { url, reason } = inject("postgres");
const CONTROL_SECONDS = 8;

/**
 * Things are read first and written then, as if nobody else were there. Names and addresses are not among them, which the schema keeps
 * unique, nor the Session of a new password, which the user's status and the password's age keep from being used twice too.
 */
const READ_THEN_WRITE = [
  {
    file: "storage/repositories/users.ts",
    guard: '.$if(dialect === "postgres", (select) => select.forUpdate())',
    instead: "",
  },
  {
    file: "storage/repositories/refresh-sessions.ts",
    guard: '.where("counter", "=", p.from)',
    instead: "",
  },
  {
    file: "storage/repositories/verification-codes.ts",
    guard:
      '    consume: prepared((p: Slots<CodeName & { digest: Uint8Array }>) =>\n      db\n        .deleteFrom("verification_code")',
    instead:
      '    consume: prepared((p: Slots<CodeName & { digest: Uint8Array }>) =>\n      db\n        .updateTable("verification_code")\n        .set({ wrong_tries: 0 })',
  },
];

async function record(options: Omit<HistoryOptions, "databaseUrl">): Promise<HistoryVerdict> {
  const databaseUrl = await createDatabase(url ?? "");
  try {
    return await recordHistory({ ...options, databaseUrl });
  } finally {
    await dropDatabase(url ?? "", databaseUrl);
  }
}

const counted = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count} × ${name}`)
    .join(", ");

describe.skipIf(url === null)(`what clients see of two nodes on one PostgreSQL ${reason}`, () => {
  it(
    `could have happened in one order, though nodes are killed and halted and links cut, ${sizes.historySeconds} s`,
    async () => {
      const seen = await record({ seconds: sizes.historySeconds, disturbed: true });
      figure(
        "B4",
        `${seen.anomalies.length} anomalies in ${seen.answered} answers, ${seen.refused} refusals and ${seen.unanswered} lost answers, ${seen.contests} contests of 8; ${counted(seen.disturbances)}`,
        "0 anomalies",
      );
      expect(seen.anomalies).toEqual([]);
      expect(seen.unexpected).toEqual([]);
      expect(seen.contests).toBeGreaterThan(sizes.historySeconds / 2);
      expect(seen.answered).toBeGreaterThan(sizes.historySeconds * 20);
      expect(seen.unanswered, "it was disturbed").toBeGreaterThan(0);
    },
    120_000 + sizes.historySeconds * 2_000,
  );

  it("would be seen to have had no order, if things were read first and written then", async () => {
    const copy = brokenCopy();
    try {
      for (const fault of READ_THEN_WRITE) copy.seed(fault);
      const seen = await record({ seconds: CONTROL_SECONDS, disturbed: false, entry: copy.entry });
      const kinds = ["register", "a refresh token", "a code"];
      const found = kinds.map((kind) => seen.anomalies.filter((anomaly) => anomaly.startsWith(kind)).length);
      figure(
        "B4",
        `control: ${kinds.map((kind, i) => `${found[i]} × ${kind}`).join(", ")} in ${seen.answered} answers and ${seen.contests} contests`,
        "some of each",
      );
      expect(Math.min(...found)).toBeGreaterThan(0);
    } finally {
      copy.remove();
    }
  }, 120_000);
});
