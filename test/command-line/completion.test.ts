import { execFile, spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operationNames } from "../../src/api/operation.ts";
import { apiOf } from "../support/api.ts";
import { makePool } from "../support/builders.ts";
import { runCommand, terminalMissing } from "../support/command-line.ts";
import { startWorld, type World } from "../support/world.ts";

const MAIN = resolve(import.meta.dirname, "../../src/main.ts");

/** Why tests in this shell cannot run here; null when they can. */
const missing = (shell: string): string | null =>
  (process.env.PATH ?? "").split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, shell), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  })
    ? null
    : `${shell} is not installed`;
const promise = (text: string, reason: string | null) => (reason === null ? text : `${text}: ${reason}`);

describe("completion", () => {
  let world: World;
  let poolId: string;
  let home: string;
  beforeAll(async () => {
    world = await startWorld();
    poolId = (await makePool(apiOf(world), { PoolName: "shop floor" })).Id;
    await makePool(apiOf(world), { PoolName: "staff" });
    home = mkdtempSync(join(tmpdir(), "cognate-shell-"));
    // The program under its name, as an installed one is.
    writeFileSync(join(home, "cognate"), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`, {
      mode: 0o755,
    });
  });
  afterAll(async () => {
    await world.close();
    rmSync(home, { recursive: true, force: true });
  });

  const env = () => ({
    ...process.env,
    PATH: `${home}${delimiter}${process.env.PATH}`,
    HOME: home,
    TERM: "dumb",
    PS1: "ready> ",
    AWS_ENDPOINT_URL: world.url,
  });
  const lines = async (...words: string[]) => {
    const { output } = await runCommand(["complete-words", "--", ...words], {
      env: { AWS_ENDPOINT_URL: world.url },
    });
    return output.split("\n").slice(0, -1);
  };
  const candidates = async (...words: string[]) => (await lines(...words)).map((line) => line.split("\t")[0]);
  const inShell = (shell: string, script: string, ...args: string[]) =>
    new Promise<string>((done, failed) =>
      execFile(shell, [...args, "-c", script], { env: env(), cwd: home }, (fault, output, errors) =>
        fault ? failed(new Error(`${fault.message}\n${errors}`)) : done(output + errors),
      ),
    );

  describe("what is offered", () => {
    it("commands, their subcommands and options, each once", async () => {
      expect(await candidates("")).toEqual(
        expect.arrayContaining(["start", "login", "doctor", "cognito-idp"]),
      );
      expect(await candidates("")).not.toContain("complete-words");
      expect(await candidates("lo")).toEqual(["login"]);
      expect(await lines("token", "ver")).toEqual([expect.stringMatching(/^verify\tcheck signature/)]);
      expect(await candidates("token", "verify", "--p")).toEqual(["--pool", "--profile"]);
      expect(await candidates("token", "verify", "--pool", "x", "--p")).toEqual(["--profile"]);
      expect(await candidates("nonsense", "")).toEqual([]);
    });

    it("values: choices, names of files, and nothing where only the person knows", async () => {
      const flows = ["srp", "password", "user-auth", "admin-password", "custom", "custom-srp"];
      for (const words of [["--flow", ""], ["--flow="], ["--flow", "=", ""], ["--flow", "="]])
        expect(await candidates("login", ...words)).toEqual(flows);
      expect(await candidates("login", "--flow", "cus")).toEqual(["custom", "custom-srp"]);
      expect(await candidates("completion", "")).toEqual(["bash", "zsh", "fish"]);
      expect(await candidates("restore", "")).toEqual([":files"]);
      expect(await candidates("backup", "--output", "")).toEqual([":files"]);
      expect(await candidates("login", "--username", "")).toEqual([]);
    });

    it("every operation of the API in the AWS CLI's words, with its options", async () => {
      const operations = await candidates("cognito-idp", "");
      expect(operations).toHaveLength(operationNames.length);
      expect(operations).toEqual(
        expect.arrayContaining(["admin-set-user-mfa-preference", "set-ui-customization", "get-csv-header"]),
      );
      const options = await candidates("cognito-idp", "admin-set-user-password", "--");
      expect(options.slice(0, 5)).toEqual([
        "--user-pool-id",
        "--username",
        "--password",
        "--permanent",
        "--no-permanent",
      ]);
      expect(await candidates("cognito-idp", "list-users", "--user-pool-id", "us-")).toContain(poolId);
      expect(await candidates("cognito-idp", "list-users", "--user-pool-id", "sh")).toEqual([]);
      expect(await candidates("cognito-idp", "list-users", "--output", "t")).toEqual(["text", "table"]);
      expect(await candidates("sts", "get")).toEqual(["get-caller-identity", "get-session-token"]);
    });

    it("pools of the server, by name and id, and none from one that does not answer in time", async () => {
      expect(await candidates("login", "--pool", "s")).toEqual(["shop floor", "staff"]);
      expect(await candidates("login", "--pool", poolId.slice(0, -3))).toEqual([poolId]);
      const silent = createServer(() => {});
      await new Promise<void>((done) => silent.listen(0, "127.0.0.1", done));
      const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
      const started = Date.now();
      expect(await candidates("login", "--endpoint-url", url, "--pool", "")).toEqual([]);
      expect(Date.now() - started).toBeLessThan(5000);
      expect(await candidates("login", "--endpoint-url", "http://127.0.0.1:2", "--pool", "")).toEqual([]);
      silent.close();
    });
  });

  describe("in bash", () => {
    const reply = (words: string, index: number) =>
      inShell(
        "bash",
        `source <(cognate completion bash); COMP_WORDS=(${words}); COMP_CWORD=${index}; _cognate; printf '%s\\n' "\${COMPREPLY[@]}"`,
        "--norc",
      );

    it.skipIf(missing("bash"))(
      promise("answers with words as they are to be typed", missing("bash")),
      async () => {
        expect(await reply("cognate token ver", 2)).toBe("verify\n");
        expect(await reply("cognate login --pool s", 3)).toBe("shop\\ floor\nstaff\n");
        expect(await reply("cognate login ''", 2)).toBe("\n");
      },
    );

    it.skipIf(missing("bash") ?? terminalMissing)(
      promise("completes what is typed at a terminal", missing("bash") ?? terminalMissing),
      async () => {
        const seen = await typed("bash --norc --noprofile -i", [
          ["ready> ", "source <(cognate completion bash)\r"],
          [/\nready> $/, "cognate tok\tver\t--us\tacc\t"],
          [/token verify --use access $/, "\u0015echo en''ded\r"],
          ["ended", "exit\r"],
        ]);
        expect(seen).toMatch(/cognate token verify --use access/);
      },
    );
  });

  describe("in fish", () => {
    it.skipIf(missing("fish"))(promise("completes words, values and pools", missing("fish")), async () => {
      const complete = (line: string) =>
        inShell("fish", `cognate completion fish | source; complete -C '${line}'`);
      expect(await complete("cognate token ver")).toMatch(/^verify\tcheck signature/);
      expect(await complete("cognate login --flow cus")).toBe("custom\ncustom-srp\n");
      expect(await complete("cognate login --pool sta")).toMatch(/^staff\t/);
      expect(await complete("cognate completion ")).toBe("bash\nfish\nzsh\n");
      writeFileSync(join(home, "backup.cognate"), "");
      expect(await complete("cognate restore back")).toMatch(/^backup\.cognate/);
    });
  });

  describe("in zsh", () => {
    it.skipIf(missing("zsh") ?? terminalMissing)(
      promise("completes what is typed at a terminal", missing("zsh") ?? terminalMissing),
      async () => {
        const seen = await typed("zsh -f -i", [
          ["ready> ", "autoload -Uz compinit; compinit -u -D; source <(cognate completion zsh)\r"],
          [/\n[\s\S]*ready> /, "cognate tok\tver\t--us\tacc\t"],
          [/--use access/, "\u0015cognate login --pool sho\t"],
          [/shop\\ floor/, "\u0015exit\r"],
        ]);
        expect(seen).toMatch(/shop\\ floor/);
      },
    );
  });

  /** Types into an interactive shell, each keys once the text before them was shown. @returns all that was shown */
  function typed(shell: string, steps: readonly (readonly [string | RegExp, string])[]): Promise<string> {
    return new Promise((done, failed) => {
      const child = spawn("/usr/bin/script", ["-q", "-e", "-f", "-c", shell, "/dev/null"], {
        env: { ...env(), SHELL: "/bin/sh" },
        cwd: home,
        stdio: ["pipe", "pipe", "inherit"],
      });
      const waiting = [...steps];
      let [shown, from] = ["", 0];
      const timer = setTimeout(() => {
        child.kill("SIGKILL");
        failed(new Error(`Waiting for ${waiting[0]?.[0]} after: ${JSON.stringify(shown)}`));
      }, 20_000);
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        shown += text;
        const [next] = waiting;
        if (!next) return;
        // zsh draws the space after a word twice.
        const fresh = shown.slice(from).replaceAll(" \b", "");
        if (typeof next[0] === "string" ? !fresh.includes(next[0]) : !next[0].test(fresh)) return;
        waiting.shift();
        from = shown.length;
        child.stdin.write(next[1]);
      });
      child.stdin.on("error", () => {});
      child.once("close", () => {
        clearTimeout(timer);
        done(shown);
      });
    });
  }
});
