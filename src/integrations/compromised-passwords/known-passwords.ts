import type { CompromisedPasswords } from "../../domain/users/index.ts";
import { describeFault, type Logger } from "../../runtime/logger.ts";
import { isCommonPassword } from "./common-password-list.ts";
import { type DigestFile, openDigestFile } from "./digest-file.ts";

/**
 * The passwords that are known to strangers: the list that comes with the server, and a file of the operator's.
 * @throws Error that says what is wrong with the file
 */
export async function knownPasswords(
  path: string | undefined,
  logger: Logger,
): Promise<CompromisedPasswords & { close(): Promise<void> }> {
  const file: DigestFile | null = path === undefined ? null : await openDigestFile(path);
  return {
    async includes(password) {
      if (isCommonPassword(password)) return true;
      try {
        return (await file?.includes(password)) ?? false;
      } catch (fault) {
        // A file that cannot be read must not keep anyone out.
        logger.error("The file of compromised passwords cannot be read", { error: describeFault(fault) });
        return false;
      }
    },
    async close() {
      await file?.close();
    },
  };
}
