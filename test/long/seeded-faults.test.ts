import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type BrokenCopy, brokenCopy, type Fault } from "../support/broken-copy.ts";
import { sizes } from "./sizes.ts";

/** A guard of the sign-in taken away, and the test of the default suite that must see it. */
interface SeededFault extends Fault {
  readonly name: string;
  /** Below `test`. */
  readonly test: string;
  /** Part of the title. */
  readonly title: string;
}

const FAULTS: readonly SeededFault[] = [
  {
    name: "the signature of an access token is not checked",
    file: "domain/tokens/access-token.ts",
    guard: "if (!key || !verifyRs256(key, parsed.signed, parsed.signature))",
    instead: "if (!key)",
    test: "scenarios/access-token-forgeries.test.ts",
    title: "with a changed payload is refused",
  },
  {
    name: "the header of a token may name any algorithm",
    file: "domain/tokens/access-token.ts",
    guard: 'header.alg !== "RS256" || typeof',
    instead: "typeof",
    test: "scenarios/access-token-forgeries.test.ts",
    title: "unsigned, or by an algorithm of another name is refused",
  },
  {
    name: "a token of any kind is an access token",
    file: "domain/tokens/access-token.ts",
    guard: 'if (parsed?.claims.token_use !== "access")',
    instead: "if (!parsed)",
    test: "scenarios/access-token-forgeries.test.ts",
    title: "with claims that the server never makes is refused",
  },
  {
    name: "an access token lives for ever",
    file: "domain/tokens/access-token.ts",
    guard: "if (Number(claims.exp) * 1000 <= services.clock.now()) throw accessTokenExpired();",
    instead: "",
    test: "scenarios/token-misuse.test.ts",
    title: "GetUser takes none of the others",
  },
  {
    name: "a revoked session's access tokens work on",
    file: "domain/tokens/access-token.ts",
    guard: "if (found.session.revokedAt !== null) throw accessTokenRevoked();",
    instead: "",
    test: "scenarios/token-misuse.test.ts",
    title: "GetUser takes none of the others",
  },
  {
    name: "failures are counted, and lock nobody",
    file: "domain/authentication/password-proof.ts",
    guard: "throw passwordAttemptsExceeded();",
    instead: "void passwordAttemptsExceeded;",
    test: "scenarios/lockout-flows.test.ts",
    title: "guesses by USER_SRP_AUTH at a user",
  },
  {
    name: "an unknown name is never locked",
    file: "domain/authentication/password-proof.ts",
    guard: ": `name:$",
    instead: ": `name:` + Math.random() + `$",
    test: "scenarios/lockout-flows.test.ts",
    title: "guesses by USER_PASSWORD_AUTH at a name that no user has",
  },
  {
    name: "a lock is never longer than a second",
    file: "domain/authentication/attempt-limits.ts",
    guard: "SECOND * 2 ** Math.min(failures - FAILURES_BEFORE_LOCK, 20)",
    instead: "SECOND",
    test: "scenarios/lockout-flows.test.ts",
    title: "guesses by USER_PASSWORD_AUTH at a user",
  },
  {
    name: "a code may be guessed at without end",
    file: "domain/verification/verification-code.ts",
    guard: "const WRONG_TRIES = 5;",
    instead: "const WRONG_TRIES = 1_000_000;",
    test: "scenarios/code-guessing.test.ts",
    title: "at the code of VerifyUserAttribute",
  },
  {
    name: "tries at a code are counted and go on",
    file: "storage/repositories/verification-codes.ts",
    guard: '        .where("wrong_tries", "<", p.limit)\n',
    instead: "",
    test: "scenarios/code-guessing.test.ts",
    title: "two nodes on PostgreSQL",
  },
  {
    name: "a code may be used twice",
    file: "storage/repositories/verification-codes.ts",
    guard:
      '    consume: prepared((p: Slots<CodeName & { digest: Uint8Array }>) =>\n      db\n        .deleteFrom("verification_code")',
    instead:
      '    consume: prepared((p: Slots<CodeName & { digest: Uint8Array }>) =>\n      db\n        .updateTable("verification_code")\n        .set({ wrong_tries: 0 })',
    test: "scenarios/races.test.ts",
    title: "one server on SQLite lets one of twenty win VerifyUserAttribute",
  },
  {
    name: "a Session may be answered twice",
    file: "storage/repositories/used-sessions.ts",
    guard: '.doUpdateSet({ consumed: 1 }).where("used_session.consumed", "=", 0)',
    instead: ".doUpdateSet({ consumed: 1 })",
    test: "scenarios/races.test.ts",
    title: "one server on SQLite lets one of twenty win SELECT_MFA_TYPE",
  },
  {
    name: "a code of a software token works twice in its step",
    file: "domain/authentication/challenges/software-token-mfa.ts",
    guard: "if (!(await repositories.softwareTokens.useStep(user.key, step))) throw softwareTokenUsed();",
    instead: "",
    test: "scenarios/races.test.ts",
    title: "one server on SQLite lets one of twenty win VerifySoftwareToken",
  },
  {
    name: "a refresh token that was replaced is replaced again",
    file: "domain/tokens/refresh.ts",
    guard: "if (current.counter !== counter + 1 || !withinGrace) throw refreshTokenReused();",
    instead: "if (withinGrace === null) throw refreshTokenReused();",
    test: "scenarios/races.test.ts",
    title: "one server on SQLite lets one of twenty win the rotation",
  },
  {
    name: "a new password leaves the sign-ins that proved the old one",
    file: "domain/authentication/proved-password.ts",
    guard: "  if (passwordSetAt === null) return;",
    instead: "  if (passwordSetAt !== undefined) return;",
    test: "scenarios/races.test.ts",
    title: "to those who proved the password before it",
  },
  {
    name: "disabling a user leaves the sessions",
    file: "domain/accounts/standing.ts",
    guard: 'if (standing === "disabled") await',
    instead: "if (standing === null) await",
    test: "scenarios/races.test.ts",
    title: "gives nothing that works after the answer to AdminDisableUser",
  },
  {
    name: "what is sealed for a client tells by its length who exists",
    file: "domain/authentication/challenge-session.ts",
    guard: '" ".repeat(KEY_DIGITS - String(state.userKey).length)',
    instead: '""',
    test: "scenarios/existence-table.test.ts",
    title: "is as long for a user as for a name that no user has",
  },
  {
    name: "an unknown name is told so, also by clients that hide it",
    file: "domain/authentication/password-factor.ts",
    guard: "if (!user) return hidden ?",
    instead: "if (!user) return hidden && !name ?",
    test: "scenarios/existence-table.test.ts",
    title: "InitiateAuth USER_PASSWORD_AUTH the same, whoever is meant",
  },
  {
    name: "messages to names that no user has leave the server",
    file: "domain/messages/message.ts",
    guard: "imagined: user.key === null,",
    instead: "imagined: false,",
    test: "scenarios/user-existence.test.ts",
    title: "is told of a code that was never sent",
  },
  {
    name: "SRP_A may be a multiple of N",
    file: "crypto/srp.ts",
    guard: "return a > 0n && a < SRP_N;",
    instead: "return a >= 0n;",
    test: "scenarios/srp-edges.test.ts",
    title: "of N is refused",
  },
  {
    name: "SRP_B is a power of 2",
    file: "crypto/srp.ts",
    guard: "SRP_N - 2n).toString(16)",
    instead: "2n).toString(16).padStart(2, '0')",
    test: "crypto/srp.test.ts",
    title: "sends a B that tells nothing about a guessed verifier",
  },
  {
    name: "a client's secret is not asked for",
    file: "domain/clients/client-authentication.ts",
    guard:
      "if (!secretHashMatches(services, pool, client, given.hash, usernames)) throw secretHashMismatch(client.id);",
    instead: "void secretHashMatches;",
    test: "scenarios/secret-hash.test.ts",
    title: "refuse it missing or wrong, and take it right",
  },
  {
    name: "a passkey's counter may go back",
    file: "domain/authentication/web-authn-sign-in.ts",
    guard: "if (wentBack(signCount, credential.signCount)) {",
    instead: "if (wentBack(signCount, credential.signCount) && !user) {",
    test: "scenarios/passkeys.test.ts",
    title: "refuses and reports a counter that stands still or goes back",
  },
  {
    name: "bodies are logged",
    file: "http/aws-json/pipeline.ts",
    guard: "input = decode(schema, request.body);",
    instead:
      "input = decode(schema, request.body);\n    pipeline.logger.debug(Buffer.from(request.body).toString());",
    test: "scenarios/secrets.test.ts",
    title: "is in no log line",
  },
  {
    name: "refusals carry the fault",
    file: "http/aws-json/pipeline.ts",
    guard: "return encodeError(operation, internalError(internalErrorCode(operation)), requestId);",
    instead:
      "const told = internalError(internalErrorCode(operation));\n    Object.defineProperty(told, 'message', { value: String((error as Error).stack) });\n    return encodeError(operation, told, requestId);",
    test: "scenarios/secrets.test.ts",
    title: "of a fault of the server itself has a sentence and nothing else",
  },
];

interface Outcome {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
}

/** Runs the named test in the copy, in a process of its own. */
function outcomeIn({ directory }: BrokenCopy, { test, title }: SeededFault): Outcome {
  const report = join(directory, "report.json");
  const vitest = join(directory, "node_modules/vitest/vitest.mjs");
  // Titles of groups and tests are joined by more than a space there.
  const words = title.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(" ", "( > | )");
  const run = ["run", "--project", "default", "--reporter=json", `--outputFile=${report}`, "-t", words];
  const { stderr } = spawnSync(process.execPath, [vitest, ...run, `test/${test}`], {
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

/** Those of this run, spread over all of them. */
const CHOSEN = FAULTS.filter((_, i) => i % Math.ceil(FAULTS.length / sizes.seededFaults) === 0);

describe("a guard that is taken away is missed by its test:", () => {
  let copy: BrokenCopy;
  beforeAll(() => {
    copy = brokenCopy();
  });
  afterEach(() => copy.restore());
  afterAll(() => copy.remove());

  it("which passes while all are there", () => {
    for (const fault of CHOSEN.filter(({ test }, i) => CHOSEN.findIndex((one) => one.test === test) === i)) {
      const { passed, failed } = outcomeIn(copy, fault);
      expect([fault.test, failed, passed.length > 0]).toEqual([fault.test, [], true]);
    }
  });

  it.each(CHOSEN.map((fault) => [fault.name, fault] as const))("%s", (_, fault) => {
    copy.seed(fault);
    const { failed } = outcomeIn(copy, fault);
    expect(failed.filter((title) => title.includes(fault.title))).not.toEqual([]);
  });
});
