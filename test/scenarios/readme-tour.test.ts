import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { awsCliMissing } from "../support/aws-cli.ts";
import { startWorld, type World } from "../support/world.ts";

const README = readFileSync(resolve(import.meta.dirname, "../../README.md"), "utf8");
const MAIN = resolve(import.meta.dirname, "../../src/main.ts");
const MARK = "@@@ next command @@@";

interface Step {
  readonly command: string;
  readonly output: string;
}

/** The commands of the console blocks with what the README prints under each. */
function stepsOf(markdown: string): Step[] {
  const lines = [...markdown.matchAll(/^```console\n([\s\S]*?)^```/gm)].flatMap((block) =>
    (block[1] ?? "").trimEnd().split("\n"),
  );
  const steps: { command: string; output: string }[] = [];
  for (let i = 0; i < lines.length; i++) {
    let line = lines[i] as string;
    if (!line.startsWith("$ ")) {
      const step = steps.at(-1);
      if (step) step.output += `${line}\n`;
      continue;
    }
    const command = [line.slice(2)];
    while (line.endsWith("\\")) {
      line = lines[++i] as string;
      command.push(line);
    }
    steps.push({ command: command.join("\n"), output: "" });
  }
  return steps;
}

/** What differs from run to run, made alike. */
function masked(text: string): string {
  return text
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uuid>")
    .replace(/us-east-1_\w{9}/g, "<pool>")
    .replace(/\b[a-z0-9]{26}\b/g, "<client>")
    .replace(/http:\/\/127\.0\.0\.1:\d+/g, "<url>")
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "<instant>")
    .replace(/AYABe[\w…-]+/g, "<session>")
    .replace(/\d{10}(\.\d+)?/g, "<time>")
    .replace(/"id":"[^"]+"/g, '"id":"<id>"')
    .replace(/\b\d{6}\b/g, "<code>")
    .trim();
}

function bash(script: string, cwd: string): Promise<string> {
  return new Promise((done, failed) => {
    execFile("bash", ["-c", script], { cwd, maxBuffer: 1 << 24 }, (fault, stdout, stderr) =>
      fault ? failed(new Error(`${fault.message}\n${stdout}\n${stderr}`)) : done(stdout),
    );
  });
}

/** What the shell runs as `aws`, and why it cannot. */
const PROGRAMS = [
  { name: "the AWS CLI", definition: "", missing: awsCliMissing },
  {
    name: "cognate itself",
    definition: `aws() { '${process.execPath}' '${MAIN}' "$@"; }`,
    missing: null,
  },
];

describe.each(PROGRAMS)("the README's tour with $name", ({ definition, missing }) => {
  if (missing) return it.skip(`cannot run here: ${missing}`);

  let world: World;
  let directory: string;

  beforeAll(async () => {
    world = await startWorld();
    directory = mkdtempSync(join(tmpdir(), "cognate-tour-"));
  });
  afterAll(async () => {
    await world.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it("prints what the README prints, command by command", { timeout: 180_000 }, async () => {
    const steps = stepsOf(README);
    expect(steps.length).toBeGreaterThan(10);
    const script = [
      "exec 2>&1",
      `cognate() { '${process.execPath}' '${MAIN}' "$@"; }`,
      "export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_PAGER=",
      definition,
      ...steps.map(
        ({ command }) => `${command.replaceAll("http://127.0.0.1:9500", world.url)}\necho '${MARK}'`,
      ),
    ].join("\n");
    const outputs = (await bash(script, directory)).split(`${MARK}\n`);
    for (const [index, { command, output }] of steps.entries())
      expect({ command, output: masked(outputs[index] ?? "") }).toEqual({
        command,
        output: masked(output),
      });
  });
});
