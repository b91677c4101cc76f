import { invalidParameter } from "../errors.ts";
import type { UserCondition } from "./ports.ts";

const filterUnparsable = () => invalidParameter("Error while parsing filter.");

/** Filter attribute → the field it searches, and how the value is compared. */
const FIELDS: Readonly<
  Record<string, { field: UserCondition["field"]; form: "exact" | "lower" | "status" | "enabled" }>
> = {
  username: { field: "username", form: "exact" },
  sub: { field: "sub", form: "exact" },
  email: { field: "email", form: "lower" },
  phone_number: { field: "phone_number", form: "lower" },
  name: { field: "name", form: "lower" },
  given_name: { field: "given_name", form: "lower" },
  family_name: { field: "family_name", form: "lower" },
  preferred_username: { field: "preferred_username", form: "lower" },
  "cognito:user_status": { field: "status", form: "status" },
  status: { field: "enabled", form: "enabled" },
};

/** What is stored in the search field for `Enabled` and `Disabled` users. */
export const ENABLED_FIELD = { Enabled: "1", Disabled: "0" } as const;

/**
 * The tokens of `name op "value"`, read in one pass. Quotes around the name are tolerated; inside the value a backslash takes the
 * next character as it is.
 */
function tokens(filter: string): { name: string; operator: string; value: string } {
  const head = /^\s*(?:"([^"\s=^]+)"|([^"\s=^]+))\s*(\^=|=)\s*"/.exec(filter);
  if (!head) throw filterUnparsable();
  let value = "";
  for (let i = head[0].length; i < filter.length; i++) {
    const character = filter[i] as string;
    if (character === "\\" && i + 1 < filter.length) value += filter[++i];
    else if (character === '"') {
      if (filter.slice(i + 1).trim() !== "") throw filterUnparsable();
      return { name: head[1] ?? head[2] ?? "", operator: head[3] ?? "", value };
    } else value += character;
  }
  throw filterUnparsable();
}

/**
 * Parses the Filter of ListUsers: one condition, `=` (exact) or `^=` (prefix). Null for an empty filter, which matches all.
 * @throws InvalidParameterException
 */
export function parseUserFilter(filter: string | undefined): UserCondition | null {
  if (filter === undefined || filter.trim() === "") return null;
  const { name, operator, value } = tokens(filter);
  const known = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
  if (!known) throw invalidParameter(`Invalid search attribute: ${name}`);
  const comparison = operator === "=" ? "equals" : "starts-with";
  switch (known.form) {
    case "exact":
      return { field: known.field, comparison, value };
    case "lower":
      return { field: known.field, comparison, value: value.toLowerCase() };
    case "status":
      return { field: known.field, comparison, value: value.toUpperCase() };
    case "enabled": {
      const matching = (["Enabled", "Disabled"] as const).find((word) =>
        comparison === "equals" ? word === value : value !== "" && word.startsWith(value),
      );
      // No user is in any other state: a value that no stored one equals.
      return { field: known.field, comparison: "equals", value: matching ? ENABLED_FIELD[matching] : "" };
    }
  }
}
