import { fromBase64Url } from "../../crypto/base64url.ts";
import { SealBroken } from "../../crypto/encryption-at-rest.ts";
import { after, HOUR, type Instant } from "../../runtime/clock.ts";
import { invalidParameter } from "../errors.ts";
import type { Services } from "../services.ts";

const TOKEN_VALIDITY_MS = HOUR;

type TokenServices = Pick<Services, "keyEncryptionKey" | "clock">;

const invalidToken = () => invalidParameter("Invalid pagination token");

/**
 * An opaque token for the next page, valid for an hour and only with the same other parameters.
 * @param scope operation and parameters that the list depends on
 */
export function pageToken(services: TokenServices, scope: readonly unknown[], position: unknown): string {
  const content = JSON.stringify([after(services.clock.now(), TOKEN_VALIDITY_MS), position]);
  return services.keyEncryptionKey.server
    .seal("page-token", JSON.stringify(scope), Buffer.from(content))
    .toString("base64url");
}

/**
 * The position inside a token that pageToken made for this scope; null without a token.
 * @throws InvalidParameterException
 */
export function pagePosition<P>(
  services: TokenServices,
  scope: readonly unknown[],
  token: string | undefined,
): P | null {
  if (token === undefined) return null;
  const sealed = fromBase64Url(token);
  if (!sealed) throw invalidToken();
  try {
    const content = services.keyEncryptionKey.server
      .open("page-token", JSON.stringify(scope), sealed)
      .toString();
    const [expiresAt, position] = JSON.parse(content) as [Instant, P];
    if (expiresAt <= services.clock.now()) throw invalidToken();
    return position;
  } catch (fault) {
    if (fault instanceof SealBroken) throw invalidToken();
    throw fault;
  }
}

/** The first `limit` of rows that were read with one more, and whether there are more. */
export function page<T>(rows: readonly T[], limit: number): { items: readonly T[]; last: T | null } {
  const items = rows.slice(0, limit);
  return { items, last: rows.length > limit ? (items.at(-1) ?? null) : null };
}

/** Limit 0 or absent means the most: 60. */
export const pageSize = (limit: number | undefined, most = 60): number => limit || most;
