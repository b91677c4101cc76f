/**
 * Writes the documents that follow from the code: docs/compatibility.md from the registry and the lists that tests go by,
 * docs/sign-in.md from the status table and the sign-in progression. `--check` writes nothing and fails when a document is out of
 * date.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { compatibilityDocument } from "./generate-docs/compatibility.ts";
import { signInDocument } from "./generate-docs/sign-in.ts";

const root = resolve(import.meta.dirname, "..");
const documents = {
  "docs/compatibility.md": compatibilityDocument(),
  "docs/sign-in.md": signInDocument(),
};

const checkOnly = process.argv.includes("--check");
let outOfDate = 0;
for (const [path, text] of Object.entries(documents)) {
  const file = join(root, path);
  const current = readIfPresent(file);
  if (current === text) continue;
  outOfDate++;
  if (checkOnly) process.stderr.write(`${path} is out of date: run npm run generate:docs\n`);
  else writeFileSync(file, text);
}
if (checkOnly && outOfDate > 0) process.exit(1);

function readIfPresent(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
