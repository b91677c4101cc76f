/**
 * The bytes of base64url text in its one canonical spelling; null for any other text. Node's decoder skips what is not of the
 * alphabet and ignores bits left over, so that many texts read as the same bytes: none of them may pass for a token.
 */
export function fromBase64Url(text: string): Buffer | null {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : null;
}
