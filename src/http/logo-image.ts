import { IMAGE_TYPES, type LogoImage } from "../domain/branding/index.ts";
import { type HttpResponse, jsonResponse, withCommonHeaders } from "./http-message.ts";

/**
 * An address names its image by a digest, so whoever has it may keep it for good. Pages of any site show it, and it can do nothing
 * where it is opened by itself.
 */
const HEADERS = {
  "Cache-Control": "public, max-age=31536000, immutable",
  "Content-Security-Policy": "default-src 'none'; sandbox",
  "Cross-Origin-Resource-Policy": "cross-origin",
};

export function logoImage(image: LogoImage | null): HttpResponse {
  if (image === null) return jsonResponse(404, { message: "Not found." });
  const headers = { "Content-Type": IMAGE_TYPES[image.type], ...HEADERS };
  return withCommonHeaders({ status: 200, headers, body: image.bytes }, {});
}
