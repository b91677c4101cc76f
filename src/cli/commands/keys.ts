import type { ConnectionOptions } from "../connection/connection.ts";
import { nameEndpoint, task } from "../connection/task.ts";
import { terminal } from "../terminal/terminal.ts";

interface Rotated {
  readonly SigningKeys: readonly {
    readonly KeyId: string;
    readonly TokenUse: string;
    /** Epoch seconds. */
    readonly ActiveFrom: number;
  }[];
}

/** `cognate keys rotate-signing`: has a running server replace a pool's signing keys. @returns the exit status */
export const rotateSigning = (
  options: ConnectionOptions & { readonly userPoolId: string },
): Promise<number> =>
  task(options, async (connection) => {
    nameEndpoint(connection);
    const { SigningKeys } = (await connection.callService("RotateSigningKeys", {
      UserPoolId: options.userPoolId,
    })) as Rotated;
    for (const { KeyId, TokenUse, ActiveFrom } of SigningKeys)
      terminal.print(`${TokenUse}\t${KeyId}\tsigns from ${new Date(ActiveFrom * 1000).toISOString()}`);
    return 0;
  });
