import { UsageFault } from "../../connection/task.ts";
import { terminal } from "../../terminal/terminal.ts";

export type Claims = Readonly<Record<string, unknown>>;

/** A signed token (RFC 7519), taken apart and not verified. */
export interface JsonWebToken {
  readonly header: Claims;
  readonly claims: Claims;
  /** What the signature is of. */
  readonly signed: Buffer;
  readonly signature: Buffer;
}

const PART = /^[\w-]+$/;

function jsonPart(part: string): Claims | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Claims) : null;
  } catch {
    return null;
  }
}

/** @throws UsageFault for what is no signed token */
export function parseToken(text: string): JsonWebToken {
  const parts = text
    .trim()
    .replace(/^Bearer\s+/i, "")
    .split(".");
  if (parts.length === 5)
    throw new UsageFault("this is an encrypted token, as refresh tokens are: only the server can read it");
  const [first = "", second = "", third = ""] = parts;
  const [header, claims] = [jsonPart(first), jsonPart(second)];
  if (parts.length !== 3 || !parts.every((part) => PART.test(part)) || !header || !claims)
    throw new UsageFault(
      "this is no signed token: three parts in base 64 with dots between them are expected",
    );
  return {
    header,
    claims,
    signed: Buffer.from(`${first}.${second}`),
    signature: Buffer.from(third, "base64url"),
  };
}

/** The token that was given as an argument, or on standard input, where it is seen by nobody else. */
export async function givenToken(argument: string | undefined): Promise<JsonWebToken> {
  if (argument !== undefined && argument !== "-") return parseToken(argument);
  return parseToken(terminal.interactive ? await terminal.askSecret("Token: ") : await terminal.readInput());
}
