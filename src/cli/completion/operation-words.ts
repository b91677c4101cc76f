import { inputShapes } from "../../api/generated/constraints.ts";
import { operationFacts, operationNames } from "../../api/operation.ts";

/** `AdminGetUser` → `admin-get-user`, by the AWS CLI's rule. */
const hyphenated = (name: string): string =>
  name
    .replace(/(.)([A-Z][a-z]+)/g, "$1-$2")
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase();

/** Options that every operation takes, and whether a value follows. */
const COMMON_OPTIONS: Readonly<Record<string, boolean>> = {
  "--cli-input-json": true,
  "--endpoint-url": true,
  "--generate-cli-skeleton": false,
  "--no-paginate": false,
  "--no-sign-request": false,
  "--output": true,
  "--profile": true,
  "--query": true,
  "--region": true,
};

/** The operations of the user-pool API as words. */
export const operationWords = (): string[] => operationNames.map(hyphenated);

/** An operation's options by their words, and whether a value follows; null for no operation. */
export function operationOptions(word: string): Readonly<Record<string, boolean>> | null {
  const name = operationNames.find((operation) => hyphenated(operation) === word);
  if (!name) return null;
  const { input } = operationFacts[name];
  const shape = input === null ? undefined : inputShapes[input];
  const options: Record<string, boolean> = {};
  for (const [member, type] of Object.entries(shape?.type === "structure" ? shape.members : {})) {
    const isFlag = inputShapes[type]?.type === "boolean";
    options[`--${hyphenated(member)}`] = !isFlag;
    if (isFlag) options[`--no-${hyphenated(member)}`] = false;
  }
  return { ...options, ...COMMON_OPTIONS };
}
