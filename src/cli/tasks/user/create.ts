import type { UserPoolType } from "../../../api/generated/shapes.ts";
import { awsCommand } from "../../../domain/explanation/index.ts";
import { passwordRefusal } from "../../../domain/user-pools/index.ts";
import { isEmailAddress, isPhoneNumber } from "../../../domain/users/index.ts";
import { systemClock } from "../../../runtime/clock.ts";
import { Identifiers } from "../../../runtime/identifiers.ts";
import { systemRandom } from "../../../runtime/random.ts";
import {
  type Connection,
  type ConnectionOptions,
  Refusal,
  Unreachable,
} from "../../connection/connection.ts";
import { pages } from "../../connection/pages.ts";
import { type FoundPool, findPool } from "../../connection/pools.ts";
import { nameEndpoint, task, UsageFault } from "../../connection/task.ts";
import { terminal } from "../../terminal/terminal.ts";
import { givenPassword, type PasswordOptions } from "./given-password.ts";

export interface CreateOptions extends ConnectionOptions, PasswordOptions {
  readonly pool?: string;
  readonly confirmed?: boolean;
  readonly invite?: boolean;
  readonly group?: readonly string[];
  readonly attribute?: readonly string[];
  readonly json?: boolean;
}

type Attributes = Readonly<Record<string, string>>;

/** From `name=value`. @throws UsageFault */
function givenAttributes(given: readonly string[]): Attributes {
  return Object.fromEntries(
    given.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw new UsageFault(`${pair} is not an attribute such as given_name=Ana`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** An administrator who creates a user with an address vouches for it; what is given by --attribute counts more. */
function addressOf(name: string): Attributes {
  if (isEmailAddress(name)) return { email: name, email_verified: "true" };
  return isPhoneNumber(name) ? { phone_number: name, phone_number_verified: "true" } : {};
}

/** Where an address is an alias it cannot be the username too: then the username is a UUID, as in the console. */
function usernameOf(name: string, { AliasAttributes = [] }: UserPoolType): string {
  const kind = isEmailAddress(name) ? "email" : isPhoneNumber(name) ? "phone_number" : null;
  return kind !== null && AliasAttributes.includes(kind)
    ? new Identifiers(systemClock, systemRandom).uuid()
    : name;
}

/** @throws UsageFault that names the groups there are */
async function requireGroups(
  { call }: Connection,
  pool: FoundPool,
  wanted: readonly string[],
): Promise<void> {
  if (wanted.length === 0) return;
  const names: string[] = [];
  for await (const { Groups = [] } of pages(call, "ListGroups", { UserPoolId: pool.Id, Limit: 60 }))
    names.push(...Groups.map(({ GroupName = "" }) => GroupName));
  const missing = wanted.filter((name) => !names.includes(name));
  if (missing.length > 0)
    throw new UsageFault(
      `there is no group ${missing.join(", ")} in ${pool.Name}; there are: ${names.join(", ") || "none"}`,
    );
}

interface Plan {
  readonly username: string;
  readonly attributes: Attributes;
  readonly password: string | null;
  readonly how: "confirmed" | "invited";
}

const withoutPassword = ({ Policies }: UserPoolType): boolean =>
  (Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? []).some((factor) => /^(EMAIL|SMS)_OTP$/.test(factor));

/** All that can be seen to go wrong is refused before anything is made. @throws UsageFault */
async function planned(name: string, options: CreateOptions, pool: UserPoolType): Promise<Plan> {
  const attributes = { ...addressOf(name), ...givenAttributes(options.attribute ?? []) };
  const policy = pool.Policies?.PasswordPolicy ?? {};
  const hasSource = options.passwordStdin || options.generate || options.prompt;
  const how = options.invite || !(hasSource || options.confirmed) ? "invited" : "confirmed";
  if (how === "invited" && !attributes.email && !attributes.phone_number && !hasSource)
    throw new UsageFault(
      "there is no address to invite: give one, or a password by --generate, --prompt or --password-stdin",
    );
  if (how === "confirmed" && !hasSource && !withoutPassword(pool))
    throw new UsageFault("a password is needed: give --generate, --prompt or --password-stdin");
  const password = await givenPassword(options, policy);
  const refusal = password === null ? null : passwordRefusal(policy, password);
  if (refusal) throw new UsageFault(`the pool's policy refuses the password: ${refusal}`);
  return { username: usernameOf(name, pool), attributes, password, how };
}

const create = async ({ call }: Connection, UserPoolId: string, plan: Plan) => {
  const { attributes, password, how, username } = plan;
  const mediums = [
    ...(attributes.email ? ["EMAIL" as const] : []),
    ...(attributes.phone_number && !attributes.email ? ["SMS" as const] : []),
  ];
  const { User } = await call("AdminCreateUser", {
    UserPoolId,
    Username: username,
    UserAttributes: Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
    ...(how === "confirmed"
      ? { MessageAction: "SUPPRESS" as const }
      : mediums.length > 0
        ? { DesiredDeliveryMediums: mediums }
        : {}),
    ...(how === "invited" && password !== null ? { TemporaryPassword: password } : {}),
  });
  return User?.Username ?? username;
};

interface StepAfter {
  readonly what: "password" | "group";
  readonly name: string;
  /** To do it by hand, should it fail. */
  readonly command: string;
  run(): Promise<unknown>;
}

function stepsAfter(
  { call }: Connection,
  UserPoolId: string,
  Username: string,
  { password, how }: Plan,
  groups: readonly string[],
): StepAfter[] {
  const of = ["--user-pool-id", UserPoolId, "--username", Username];
  const setPassword: StepAfter = {
    what: "password",
    name: "",
    command: awsCommand("admin-set-user-password", ...of, "--permanent", "--password", "PASSWORD"),
    run: () =>
      call("AdminSetUserPassword", { UserPoolId, Username, Password: password ?? "", Permanent: true }),
  };
  const joins = groups.map(
    (GroupName): StepAfter => ({
      what: "group",
      name: GroupName,
      command: awsCommand("admin-add-user-to-group", ...of, "--group-name", GroupName),
      run: () => call("AdminAddUserToGroup", { UserPoolId, Username, GroupName }),
    }),
  );
  return [...(how === "confirmed" && password !== null ? [setPassword] : []), ...joins];
}

interface Left {
  readonly step: StepAfter;
  readonly reason: string;
}

/** Runs each step, also after one that failed. @returns those that failed */
async function leftToDo(steps: readonly StepAfter[]): Promise<Left[]> {
  const left: Left[] = [];
  for (const step of steps)
    try {
      await step.run();
    } catch (fault) {
      if (!(fault instanceof Refusal || fault instanceof Unreachable)) throw fault;
      const reason = fault instanceof Refusal ? `${fault.code}: ${fault.message}` : fault.message;
      left.push({ step, reason });
    }
  return left;
}

/** The user as it is now, without what cannot be read. */
async function standing({ call }: Connection, UserPoolId: string, Username: string) {
  try {
    const { UserStatus, Enabled } = await call("AdminGetUser", { UserPoolId, Username });
    return { UserStatus, Enabled };
  } catch (fault) {
    if (!(fault instanceof Refusal || fault instanceof Unreachable)) throw fault;
    terminal.note(`cognate: ${Username} was made, but its status cannot be read: ${fault.message}`);
    return {};
  }
}

/** `cognate user create`. @returns the exit status; 1 also when the user was made but not all was done */
export const createUser = (name: string, options: CreateOptions): Promise<number> =>
  task(options, async (connection) => {
    const pool = await findPool(connection, options.pool);
    const { Id: UserPoolId } = pool;
    const { UserPool = {} } = await connection.call("DescribeUserPool", { UserPoolId });
    const groups = options.group ?? [];
    await requireGroups(connection, pool, groups);
    const plan = await planned(name, options, UserPool);
    nameEndpoint(connection);
    const Username = await create(connection, UserPoolId, plan).catch((fault: unknown) => {
      if (fault instanceof Refusal && /^(UsernameExists|AliasExists)Exception$/.test(fault.code))
        terminal.note(`${name} is there already: see "cognate user explain ${name}"`);
      throw fault;
    });
    const left = await leftToDo(stepsAfter(connection, UserPoolId, Username, plan, groups));
    const isLeft = (what: StepAfter["what"], which: string) =>
      left.some(({ step }) => step.what === what && step.name === which);
    const made = {
      UserPoolId,
      Username,
      ...(await standing(connection, UserPoolId, Username)),
      ...(options.generate && !isLeft("password", "") ? { Password: plan.password } : {}),
      ...(groups.length > 0 ? { Groups: groups.filter((group) => !isLeft("group", group)) } : {}),
    };
    if (options.json) terminal.print(JSON.stringify(made, null, 2));
    else for (const [field, value] of Object.entries(made)) terminal.print(`${field}\t${String(value)}`);
    for (const { step, reason } of left) {
      const undone = step.what === "password" ? "the password is not set" : `is not in group ${step.name}`;
      terminal.note(`cognate: ${Username} was made, but ${undone} (${reason}); to do it: ${step.command}`);
    }
    return left.length > 0 ? 1 : 0;
  });
