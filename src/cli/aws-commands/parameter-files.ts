import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { expandVariables } from "../../config/environment.ts";
import type { Value } from "./value.ts";

/** A file that a parameter refers to cannot be read. */
export class ParameterFileFault extends Error {}

const FAULTS: Readonly<Record<string, string>> = {
  EACCES: "[Errno 13] Permission denied",
  EISDIR: "[Errno 21] Is a directory",
  ENOENT: "[Errno 2] No such file or directory",
  ENOTDIR: "[Errno 20] Not a directory",
};

/**
 * What `file://<path>` (text) or `fileb://<path>` (bytes) refers to; null for any other value. A leading ~ and variables are replaced.
 * Unlike version 1 of the AWS CLI, and like version 2, values that begin with http:// or https:// are values.
 * @throws ParameterFileFault
 */
export function referredTo(value: string): Value | null {
  const bytes = value.startsWith("fileb://");
  if (!bytes && !value.startsWith("file://")) return null;
  const path = expandVariables(value.slice(value.indexOf("://") + 3).replace(/^~(?=\/|$)/, homedir()));
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (fault) {
    const { code = "", message } = fault as NodeJS.ErrnoException;
    throw new ParameterFileFault(
      `Unable to load paramfile ${value}: ${FAULTS[code] ? `${FAULTS[code]}: '${path}'` : message}`,
    );
  }
  if (bytes) return new Uint8Array(content);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content).replace(/\r\n?/g, "\n");
  } catch {
    throw new ParameterFileFault(
      `Unable to load paramfile (${path}), text contents could not be decoded.  If this is a binary file, please use the fileb:// prefix instead of the file:// prefix.`,
    );
  }
}
