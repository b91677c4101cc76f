import { SECOND } from "../../runtime/clock.ts";
import { forgottenPasswordDestination, recoveryDestination } from "../accounts/index.ts";
import { allowsFlow } from "../clients/index.ts";
import { mfaMethodNotFound, ServiceError } from "../errors.ts";
import { maskedDestination } from "../messages/index.ts";
import { commandsFor, type UserCommands } from "./commands.ts";
import type { ExplainedRecovery, Obstacle } from "./explanation.ts";
import { firstFactorsOf, SIGN_IN_FLOWS, type SignInFlow, type SignInPath } from "./sign-in-path.ts";
import type { ExplainedClient, Situation } from "./situation.ts";

/** What a sign-in by each flow comes to. */
export interface FoundPath {
  readonly client: ExplainedClient;
  readonly flow: SignInFlow;
  readonly path: SignInPath;
}

/** The sentence of two errors: one operation declares only one of them. */
const NO_FACTOR = mfaMethodNotFound().message;

const refusalOf = (ask: () => unknown): ServiceError | null => {
  try {
    ask();
    return null;
  } catch (refusal) {
    if (refusal instanceof ServiceError) return refusal;
    throw refusal;
  }
};

/** Whether the user can be sent a code for a new password now. */
export function recoveryOf({ pool, user }: Situation): ExplainedRecovery {
  const refusal = refusalOf(() => forgottenPasswordDestination(pool, user));
  if (refusal) return { Possible: false, Error: { Code: refusal.code, Message: refusal.message } };
  return { Possible: true, Destination: maskedDestination(forgottenPasswordDestination(pool, user)) };
}

/** Whether no way leads to tokens. */
const isShutOut = (paths: readonly FoundPath[]): boolean =>
  paths.every(({ path: { refusal } }) => refusal !== null);

const when = (instant: number): string => `${new Date(instant).toISOString().slice(0, 19)}Z`;

/** Addresses that are there but not verified, with the command that vouches for each. */
function vouching(user: Situation["user"], commands: UserCommands) {
  return (["email", "phone_number"] as const)
    .filter((name) => user.attributes[name] && user.attributes[`${name}_verified`] !== "true")
    .map((name) =>
      commands.setAttribute(`vouch for the user's ${name}, if it is theirs`, `${name}_verified`, "true"),
    );
}

function statusObstacles(
  situation: Situation,
  clients: readonly ExplainedClient[],
  paths: readonly FoundPath[],
  commands: UserCommands,
): Obstacle[] {
  const { user, pool, password, now } = situation;
  const clientId = clients[0]?.id ?? "CLIENT_ID";
  const noAddress = refusalOf(() => recoveryDestination(pool, user, "user"));
  switch (user.status) {
    case "CONFIRMED":
      return [];
    case "UNCONFIRMED":
      return [
        {
          Reason: "UNCONFIRMED",
          // A first factor that is a code confirms the account by itself.
          Blocks: isShutOut(paths),
          Explanation: "The user signed up and has not confirmed the account with the code that was sent.",
          Commands: [commands.confirm(), commands.resendCode(clientId)],
        },
      ];
    case "RESET_REQUIRED":
      return [
        {
          Reason: "RESET_REQUIRED",
          Blocks: true,
          Explanation:
            "An administrator reset the password: it is out of use until the user chooses another with a code.",
          Commands: noAddress
            ? [commands.setPassword()]
            : [
                commands.forgotPassword(clientId),
                commands.confirmForgotPassword(clientId),
                commands.setPassword(),
              ],
        },
        ...(noAddress
          ? [
              {
                Reason: "NO_RECOVERY_ADDRESS" as const,
                Blocks: true,
                Explanation: `No code for a new password can be sent: ${noAddress.message}`,
                Commands: vouching(user, commands),
              },
            ]
          : []),
      ];
    case "FORCE_CHANGE_PASSWORD": {
      const until = password?.temporaryUntil ?? null;
      const expired = until !== null && until <= now;
      return [
        ...(expired
          ? [
              {
                Reason: "TEMPORARY_PASSWORD_EXPIRED" as const,
                Blocks: true,
                Explanation: `The temporary password stopped working at ${when(until)}.`,
                Commands: [
                  commands.resendInvitation(),
                  commands.setTemporaryPassword(),
                  commands.setPassword(),
                ],
              },
            ]
          : []),
        {
          Reason: "FORCE_CHANGE_PASSWORD",
          Blocks: false,
          Explanation: `The password is a temporary one${
            until === null || expired ? "" : `, good until ${when(until)}`
          }: the next sign-in asks for a new one (NEW_PASSWORD_REQUIRED).`,
          Commands: expired ? [] : [commands.setPassword(), commands.resendInvitation()],
        },
      ];
    }
    case "EXTERNAL_PROVIDER":
      return [
        {
          Reason: "EXTERNAL_PROVIDER",
          Blocks: password === null,
          Explanation: "The user comes from another identity provider and signs in there.",
          Commands: [commands.setPassword()],
        },
      ];
    default:
      return [
        {
          Reason: user.status,
          Blocks: true,
          Explanation: `Users in status ${user.status} cannot sign in, and no operation changes that; delete the user and create them anew.`,
          Commands: [],
        },
      ];
  }
}

/** All that stands between a user and tokens, the most general first. */
export function obstaclesOf(
  situation: Situation,
  clients: readonly ExplainedClient[],
  paths: readonly FoundPath[],
): Obstacle[] {
  const { user, password, lockedUntil } = situation;
  const commands = commandsFor(situation);
  const found: Obstacle[] = [];
  if (!user.enabled)
    found.push({
      Reason: "DISABLED",
      Blocks: true,
      Explanation: "An administrator disabled the user.",
      Commands: [commands.enable()],
    });
  found.push(...statusObstacles(situation, clients, paths, commands));
  if (lockedUntil !== null)
    found.push({
      Reason: "LOCKED",
      Blocks: true,
      ...(lockedUntil === "new-password"
        ? {
            Explanation:
              "A hundred sign-ins in a row failed: in this pool, which the configuration calls hardened, every password is refused until it is set anew.",
          }
        : {
            Explanation: `Too many sign-ins failed: until ${when(lockedUntil)} every password is refused, the right one too. A further failure locks for twice as long, at most 15 minutes.`,
            Until: Math.ceil(lockedUntil / SECOND),
          }),
      Commands: [
        ...(clients[0] && recoveryOf(situation).Possible
          ? [commands.forgotPassword(clients[0].id), commands.confirmForgotPassword(clients[0].id)]
          : []),
        ...(lockedUntil === "new-password" ? [commands.setPassword()] : []),
      ],
    });
  if (password === null && user.status !== "EXTERNAL_PROVIDER")
    found.push({
      Reason: "NO_PASSWORD",
      Blocks: isShutOut(paths),
      Explanation: "The user has no password, so that no flow that begins with one works.",
      Commands: [commands.setPassword()],
    });
  if (
    firstFactorsOf(situation).length === 0 &&
    clients.some(({ settings }) => allowsFlow(settings, "USER_AUTH"))
  )
    found.push({
      Reason: "NO_FIRST_FACTOR",
      Blocks: true,
      Explanation:
        "A choice-based sign-in has nothing to offer: no password, passkey, or address that the pool allows.",
      Commands: [commands.setPassword()],
    });
  if (password && !password.srp && clients.some(({ settings }) => allowsFlow(settings, "USER_SRP_AUTH")))
    found.push({
      Reason: "NO_SRP_VERIFIER",
      Blocks: false,
      Explanation:
        "There is only a hash of the password, which SRP cannot prove: USER_SRP_AUTH fails as for a wrong password.",
      Commands: [commands.setPassword()],
    });
  found.push(...factorObstacles(situation, paths, commands), ...clientObstacles(clients, commands));
  return found;
}

function factorObstacles(
  { user }: Situation,
  paths: readonly FoundPath[],
  commands: UserCommands,
): Obstacle[] {
  const impossible = paths.some(({ path: { refusal } }) => refusal?.message === NO_FACTOR);
  const setUp = paths.some(({ path: { steps } }) => steps.some(({ Challenge }) => Challenge === "MFA_SETUP"));
  const { phone_number: phone, email } = user.attributes;
  return [
    ...(impossible
      ? [
          {
            Reason: "NO_SECOND_FACTOR" as const,
            Blocks: true,
            Explanation:
              "The pool requires a second factor that the user does not have and cannot set up while signing in.",
            Commands: [
              ...(phone
                ? []
                : [commands.setAttribute("give the user a phone number", "phone_number", "NUMBER")]),
              ...(email
                ? []
                : [commands.setAttribute("give the user an e-mail address", "email", "ADDRESS")]),
              commands.describeMfa(),
            ],
          },
        ]
      : []),
    ...(setUp
      ? [
          {
            Reason: "MFA_SETUP_REQUIRED" as const,
            Blocks: false,
            Explanation:
              "The pool requires a second factor and the user has none: the next sign-in has one set up (MFA_SETUP).",
            Commands: [],
          },
        ]
      : []),
  ];
}

function clientObstacles(clients: readonly ExplainedClient[], commands: UserCommands): Obstacle[] {
  if (clients.length === 0)
    return [
      {
        Reason: "NO_CLIENT",
        Blocks: true,
        Explanation: "The pool has no app client, so that nobody can sign in.",
        Commands: [],
      },
    ];
  return clients
    .filter(
      ({ settings }) => !SIGN_IN_FLOWS.some((flow) => flow !== "CUSTOM_AUTH" && allowsFlow(settings, flow)),
    )
    .map((client) => ({
      Reason: "FLOW_NOT_ENABLED" as const,
      Blocks: clients.length === 1,
      Explanation: `The app client ${client.settings.ClientName} (${client.id}) allows no flow that begins with a password or a choice.`,
      Commands: [
        commands.allowFlow(client, "USER_SRP_AUTH"),
        commands.allowFlow(client, "USER_PASSWORD_AUTH"),
      ],
    }));
}
