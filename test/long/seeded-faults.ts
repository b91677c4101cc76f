import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type BrokenCopy, brokenCopy, type Fault } from "../support/broken-copy.ts";
import { figure } from "./figure.ts";

/** A guard taken away, and the test of the default suite that must see it. */
export interface SeededFault extends Fault {
  readonly name: string;
  /** Below `test`. */
  readonly test: string;
  /** Part of the title. */
  readonly title: string;
}

interface Outcome {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
}

/** Runs those tests of the files that are named, in the copy and in a process of its own. */
function outcomeIn(
  { directory }: BrokenCopy,
  named: readonly Pick<SeededFault, "test" | "title">[],
): Outcome {
  const report = join(directory, "report.json");
  const vitest = join(directory, "node_modules/vitest/vitest.mjs");
  // Titles of groups and tests are joined by more than a space there.
  const words = named
    .map(({ title }) => title.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(" ", "( > | )"))
    .join("|");
  const run = ["run", "--project", "default", "--reporter=json", `--outputFile=${report}`, "-t", words];
  const files = new Set(named.map(({ test }) => `test/${test}`));
  const { stderr } = spawnSync(process.execPath, [vitest, ...run, ...files], {
    cwd: directory,
    encoding: "utf8",
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITEST|COGNATE_)/.test(name))),
  });
  try {
    const { testResults } = JSON.parse(readFileSync(report, "utf8"));
    const titles = (status: string): string[] =>
      testResults.flatMap((file: { assertionResults: { status: string; fullName: string }[] }) =>
        file.assertionResults.filter((one) => one.status === status).map((one) => one.fullName),
      );
    return { passed: titles("passed"), failed: titles("failed") };
  } catch {
    throw new Error(`The test did not run: ${stderr}`);
  }
}

/**
 * Takes the guards away one by one, each in a copy of the sources, and wants the test that is named for it red; first each of these
 * tests green while all guards are there.
 * @param kind whose guards they are
 * @param known how many there are in all
 */
export function describeFaults(kind: string, known: number, chosen: readonly SeededFault[]): void {
  describe(`${kind} that is taken away is missed by its test:`, () => {
    let copy: BrokenCopy;
    let missed = 0;
    const startedAt = performance.now();
    beforeAll(() => {
      copy = brokenCopy();
    });
    afterEach(() => copy.restore());
    afterAll(() => {
      copy.remove();
      const seconds = Math.round((performance.now() - startedAt) / 1000);
      figure(
        "J5",
        `${kind}: ${missed} of ${chosen.length} missed by their test, ${seconds} s; ${known} known`,
        "all",
      );
    });

    it("as docs/security.md lists them", () => {
      const document = readFileSync("docs/security.md", "utf8");
      for (const { name, test, title } of chosen)
        expect(document).toContain(`| ${name} | \`${test}\`: ${title} |`);
    });

    it("which passes while all are there", () => {
      const { passed, failed } = outcomeIn(copy, chosen);
      expect(failed).toEqual([]);
      for (const { title } of chosen)
        expect([title, passed.some((one) => one.includes(title))]).toEqual([title, true]);
    });

    it.each(chosen.map((fault) => [fault.name, fault] as const))("%s", (_, fault) => {
      copy.seed(fault);
      const { failed } = outcomeIn(copy, [fault]);
      expect(failed.filter((title) => title.includes(fault.title))).not.toEqual([]);
      missed++;
    });
  });
}
