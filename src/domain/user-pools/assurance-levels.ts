import type { AcrConfigurationType } from "../../api/generated/shapes.ts";
import { invalidParameter } from "../errors.ts";

/** The four levels of authentication assurance under the names they have unless a pool gives them others. */
export const DEFAULT_ACR_LEVELS: AcrConfigurationType = {
  Level1: { AcrValue: "urn:cognito:loa:1" },
  Level2: { AcrValue: "urn:cognito:loa:2" },
  Level3: { AcrValue: "urn:cognito:loa:3" },
  Level4: { AcrValue: "urn:cognito:loa:4" },
};

/** What may stand in a URL or a URN (RFC 3986). */
const NAME = /^[\w.~:/?#[\]@!$&'()*+,;=%-]{1,256}$/;

/**
 * The names of all four levels: the given ones over the defaults.
 * @throws InvalidParameterException for a level that does not exist, or two levels of one name
 */
export function acrLevels(given: AcrConfigurationType | undefined): AcrConfigurationType {
  for (const [level, { AcrValue }] of Object.entries(given ?? {})) {
    if (!(level in DEFAULT_ACR_LEVELS))
      throw invalidParameter("AcrConfiguration must have the keys Level1, Level2, Level3 and Level4 only.");
    if (!NAME.test(AcrValue)) throw invalidParameter(`Invalid ACR value for ${level}.`);
  }
  const levels = { ...DEFAULT_ACR_LEVELS, ...given };
  const names = Object.values(levels).map(({ AcrValue }) => AcrValue);
  if (new Set(names).size !== names.length)
    throw invalidParameter("The ACR values of all levels must be different.");
  return levels;
}

/** Whether any level has another name than its default one. */
export const namesAcrLevels = (levels: AcrConfigurationType | undefined): boolean =>
  Object.entries(levels ?? {}).some(
    ([level, { AcrValue }]) => AcrValue !== DEFAULT_ACR_LEVELS[level]?.AcrValue,
  );
