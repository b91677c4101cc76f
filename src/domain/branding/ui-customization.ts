import { createHash } from "node:crypto";
import type { Instant } from "../../runtime/clock.ts";
import { cssRefused, imageRefused } from "../errors.ts";
import type { PoolKey } from "../user-pools/index.ts";
import { type ImageType, imageType } from "./image.ts";
import { styleSheetProblem } from "./style-sheet.ts";

/** Names the style of every client that has none of its own. */
export const ALL_CLIENTS = "ALL";

export interface LogoImage {
  readonly type: ImageType;
  /** 32 hexadecimal digits that follow from the bytes: an address with it never shows another image. */
  readonly digest: string;
  readonly bytes: Uint8Array;
}

/** What the classic pages of a client look like. */
export interface UiCustomization {
  readonly poolKey: PoolKey;
  /** Null for ALL_CLIENTS. */
  readonly clientKey: number | null;
  readonly clientId: string;
  readonly css: string | null;
  /** Without the bytes, which only whoever shows it needs. */
  readonly image: Omit<LogoImage, "bytes"> | null;
  readonly createdAt: Instant;
  readonly modifiedAt: Instant;
}

const DIGEST_DIGITS = 32;

/** @throws InvalidParameterException when the bytes are no PNG, JPEG or GIF; null for none at all. */
export function logoImage(base64: string | undefined): LogoImage | null {
  const bytes = Buffer.from(base64 ?? "", "base64");
  if (bytes.length === 0) return null;
  const type = imageType(bytes);
  if (!type) throw imageRefused();
  return { type, bytes, digest: createHash("sha256").update(bytes).digest("hex").slice(0, DIGEST_DIGITS) };
}

/** @throws InvalidParameterException; null for none at all. */
export function styleSheet(css: string | undefined): string | null {
  const problem = styleSheetProblem(css ?? "");
  if (problem) throw cssRefused(problem);
  return css?.trim() ? css : null;
}

/** Where on this server an image is, from the root. */
export const imagePath = (
  userPoolId: string,
  clientId: string,
  { digest, type }: Pick<LogoImage, "digest" | "type">,
): string => `/${userPoolId}/assets/${clientId}/${digest}/image.${type}`;
