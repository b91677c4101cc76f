import { invalidParameter, missingRequiredParameter, ServiceError, sessionInvalid } from "../../errors.ts";

import { checkChosenPassword } from "../../threat-protection/index.ts";

import {
  checkAttributes,
  missingRequired,
  nextUserStatus,
  replacePassword,
  requirePolicy,
  requireUnused,
  sealPassword,
  updateAliases,
  withChanges,
} from "../../users/index.ts";
import type { Challenge, ChallengeContext } from "../challenge.ts";

const PREFIX = "userAttributes.";

/** The attributes among the responses, less the prefix; one that is set already is refused. */
function givenChanges({ pool, client, user }: ChallengeContext, responses: Readonly<Record<string, string>>) {
  const given = Object.entries(responses)
    .filter(([name]) => name.startsWith(PREFIX))
    .map(([name, value]) => ({ Name: name.slice(PREFIX.length), Value: value }));
  for (const { Name } of given)
    if (Object.hasOwn(user.attributes, Name))
      throw new ServiceError("NotAuthorizedException", `Cannot modify an already provided ${Name}`);
  const writer = { kind: "user", writable: client.settings.WriteAttributes } as const;
  return checkAttributes(pool, given, writer, "creation");
}

/** A user with a temporary password chooses their own, and fills in what the pool requires. */
export const newPasswordRequired: Challenge = {
  name: "NEW_PASSWORD_REQUIRED",
  guessable: false,

  async issue({ pool, user }) {
    return {
      parameters: {
        USER_ID_FOR_SRP: user.username,
        requiredAttributes: JSON.stringify(
          missingRequired(pool, user.attributes).map((name) => PREFIX + name),
        ),
        userAttributes: JSON.stringify(user.attributes),
      },
      secret: null,
    };
  },

  async verify(context, _signIn, responses) {
    const { services, pool, user } = context;
    const password = responses.NEW_PASSWORD;
    if (!password) throw missingRequiredParameter("NEW_PASSWORD");
    requirePolicy(pool, password, "Password does not conform to policy");
    const changes = givenChanges(context, responses);
    const [missing] = missingRequired(pool, withChanges(user.attributes, changes));
    if (missing) throw invalidParameter(`Invalid attributes given, ${missing} is missing`);
    await requireUnused(services, pool, user, password);
    await checkChosenPassword(services, context, password, "PASSWORD_CHANGE");
    const sealed = await sealPassword(services, pool, user, password);
    return {
      kind: "proved",
      proof: null,
      async apply(repositories) {
        const current = await repositories.users.lock(user.key);
        const status = current && nextUserStatus(current.status, "new-password-set");
        if (!status) throw sessionInvalid();
        const now = services.clock.now();
        const attributes = withChanges(current.attributes, changes);
        await updateAliases(repositories.users, pool, current, attributes, "refuse");
        const changed = { ...current, status, attributes, modifiedAt: now };
        await repositories.users.save(changed);
        await replacePassword(repositories, pool, user, { sealed, setAt: now, temporaryUntil: null });
        return changed;
      },
    };
  },
};
