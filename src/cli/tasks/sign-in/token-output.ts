import type { AuthenticationResultType } from "../../../api/generated/shapes.ts";
import { terminal } from "../../terminal/terminal.ts";

const VARIABLES = {
  AccessToken: "ACCESS_TOKEN",
  IdToken: "ID_TOKEN",
  RefreshToken: "REFRESH_TOKEN",
} as const;

/** The tokens on standard output: as the API has them, as a shell reads them, or a line each. */
export function printTokens(
  result: AuthenticationResultType,
  as: { readonly json?: boolean; readonly export?: boolean },
): void {
  if (as.json) {
    terminal.print(JSON.stringify(result, null, 2));
    return;
  }
  if (result.ExpiresIn !== undefined)
    terminal.note(`signed in; the access token is good for ${result.ExpiresIn} seconds`);
  for (const [name, variable] of Object.entries(VARIABLES)) {
    const token = result[name as keyof typeof VARIABLES];
    if (token !== undefined)
      terminal.print(as.export ? `export ${variable}=${quoted(token)}` : `${name} ${token}`);
  }
}

/** One word for a shell, whatever is in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
