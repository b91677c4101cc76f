import type { UserPoolType, UserStatusType, UserType } from "../../../api/generated/shapes.ts";
import { passwordRefusal } from "../../../domain/user-pools/index.ts";
import { SECOND, systemClock } from "../../../runtime/clock.ts";
import {
  type Connection,
  type ConnectionOptions,
  Refusal,
  Unreachable,
} from "../../connection/connection.ts";
import { pages } from "../../connection/pages.ts";
import { patientCalls } from "../../connection/patience.ts";
import { type FoundPool, findPool } from "../../connection/pools.ts";
import { nameEndpoint, requireConsent, task, UsageFault } from "../../connection/task.ts";
import { Progress } from "../../terminal/progress.ts";
import { terminal } from "../../terminal/terminal.ts";
import { visible } from "../../terminal/visible.ts";
import { durationMs } from "./duration.ts";
import { askedPassword, madePassword, readPassword } from "./given-password.ts";
import { SteadyPace } from "./steady-pace.ts";
import type { StuckStatus } from "./stuck-statuses.ts";
import { type BegunUser, UnstickReport, type UnstuckUser } from "./unstick-report.ts";

export interface UnstickOptions extends ConnectionOptions {
  readonly pool?: string;
  readonly olderThan?: string;
  readonly status?: readonly StuckStatus[];
  readonly resend?: boolean;
  readonly setPermanent?: boolean;
  readonly generate?: boolean;
  readonly client?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly report?: string;
  readonly rate?: string;
  readonly json?: boolean;
}

type Action = "resend" | "set-permanent" | "generate";

/** Four fifths of what Cognito grants by default, in calls per second: others work with the pool too. */
const RATES = {
  /** Category UserCreation: 50 a second. */
  resend: 40,
  /** Category UserAccountRecovery: 30 a second. */
  "set-permanent": 24,
  generate: 24,
} as const satisfies Record<Action, number>;

/** Of those whom a question is about. */
const SHOWN = 20;

interface StuckUser {
  readonly username: string;
  /** What the API takes for the name: an address in pools whose users sign in with one. */
  readonly name: string;
  readonly status: UserStatusType;
  /** Seconds since the epoch. */
  readonly lastModified: number;
  readonly address: string;
}

const actionOf = ({ resend, setPermanent, generate }: UnstickOptions): Action | null =>
  resend ? "resend" : setPermanent ? "set-permanent" : generate ? "generate" : null;

function stuckUser(user: UserType, pool: UserPoolType): StuckUser {
  const attributes = Object.fromEntries((user.Attributes ?? []).map(({ Name, Value = "" }) => [Name, Value]));
  const { email, phone_number: phone } = attributes;
  const names = pool.UsernameAttributes ?? [];
  const byAddress = (names.includes("email") && email) || (names.includes("phone_number") && phone);
  return {
    username: user.Username ?? "",
    name: byAddress || (user.Username ?? ""),
    status: user.UserStatus ?? "UNKNOWN",
    lastModified: Number(user.UserLastModifiedDate ?? 0),
    address: email ?? phone ?? "",
  };
}

async function stuckUsers(
  connection: Connection,
  { Id: UserPoolId }: FoundPool,
  pool: UserPoolType,
  { status = ["FORCE_CHANGE_PASSWORD"], olderThan }: UnstickOptions,
): Promise<StuckUser[]> {
  const call = patientCalls(connection);
  const until = olderThan === undefined ? null : (systemClock.now() - durationMs(olderThan)) / SECOND;
  const found: StuckUser[] = [];
  const looking = new Progress("looking for users");
  for (const wanted of new Set(status)) {
    const input = { UserPoolId, Filter: `cognito:user_status = "${wanted}"`, Limit: 60 };
    for await (const { Users = [] } of pages(call, "ListUsers", input)) {
      found.push(...Users.filter(({ Enabled }) => Enabled !== false).map((user) => stuckUser(user, pool)));
      looking.add(Users.length);
    }
  }
  looking.clear();
  return found.filter(({ lastModified }) => until === null || lastModified <= until);
}

const time = (seconds: number): string => `${new Date(seconds * SECOND).toISOString().slice(0, 19)}Z`;

const shown = ({ username, status, lastModified, address }: StuckUser): string =>
  [username, status, `unchanged since ${time(lastModified)}`, address].map(visible).join("\t");

function show(users: readonly StuckUser[], json: boolean | undefined): void {
  for (const user of users) {
    const { username, status, lastModified } = user;
    const entry = { Username: username, UserStatus: status, UserLastModifiedDate: lastModified };
    terminal.print(json ? JSON.stringify(entry) : shown(user));
  }
}

/** What is done for one user: a call that changes UserLastModifiedDate. */
type Act = (user: StuckUser, password: string | undefined) => Promise<unknown>;

function resending({ call }: Connection, UserPoolId: string, client: string | undefined): Act {
  return async ({ status, name }) => {
    if (status === "FORCE_CHANGE_PASSWORD")
      return call("AdminCreateUser", { UserPoolId, Username: name, MessageAction: "RESEND" });
    if (status === "RESET_REQUIRED") return call("AdminResetUserPassword", { UserPoolId, Username: name });
    return call("ResendConfirmationCode", { ClientId: client ?? "", Username: name });
  };
}

const setting =
  ({ call }: Connection, UserPoolId: string): Act =>
  ({ username: Username }, Password = "") =>
    call("AdminSetUserPassword", { UserPoolId, Username, Password, Permanent: true });

/** The password for everybody, of the action that sets one. @throws UsageFault */
async function sharedPassword(pool: UserPoolType, action: Action): Promise<string | undefined> {
  if (action !== "set-permanent") return undefined;
  const password = terminal.interactive ? await askedPassword("Password for all") : await readPassword();
  const refusal = passwordRefusal(pool.Policies?.PasswordPolicy ?? {}, password);
  if (refusal) throw new UsageFault(`the pool's policy refuses the password: ${refusal}`);
  return password;
}

interface Work {
  readonly connection: Connection;
  readonly pool: FoundPool;
  readonly described: UserPoolType;
  readonly action: Action;
  readonly options: UnstickOptions;
}

/** Whether the user has been changed since the line was begun; the code of a sign-up changes nobody, and counts as sent. */
async function wasDone(
  { call }: Connection,
  { UserPoolId, Username, UserStatus, Action, LastModified }: BegunUser,
): Promise<boolean> {
  if (Action === "resend" && UserStatus === "UNCONFIRMED") return true;
  try {
    const { UserLastModifiedDate } = await call("AdminGetUser", { UserPoolId, Username });
    return Number(UserLastModifiedDate) !== LastModified;
  } catch (fault) {
    // Whoever is gone is stuck no more.
    if (fault instanceof Refusal && fault.code === "UserNotFoundException") return true;
    throw fault;
  }
}

/** Ends the line that an interruption or a lost answer left open. */
async function settle(connection: Connection, report: UnstickReport, begun: BegunUser): Promise<UnstuckUser> {
  return (await wasDone(connection, begun))
    ? report.end(begun, "done")
    : report.end(begun, "interrupted", "not done: it will be the next time");
}

async function unstickAll(work: Work, users: readonly StuckUser[], report: UnstickReport): Promise<number> {
  const { connection, pool, described, action, options } = work;
  const password = await sharedPassword(described, action);
  const pace = new SteadyPace(rateOf(options, action));
  const act =
    action === "resend" ? resending(connection, pool.Id, options.client) : setting(connection, pool.Id);
  const progress = new Progress(action, users.length);
  let failed = 0;
  for (const user of users) {
    const own = action === "generate" ? madePassword(described.Policies?.PasswordPolicy ?? {}) : undefined;
    const begun: BegunUser = {
      UserPoolId: pool.Id,
      Username: user.username,
      UserStatus: user.status,
      Action: action,
      LastModified: user.lastModified,
      ...(own === undefined ? {} : { Password: own }),
    };
    report.begin(begun);
    const result = await pace
      .run(() => act(user, own ?? password))
      .then(() => report.end(begun, "done"))
      .catch((fault: unknown) => {
        if (fault instanceof Unreachable) throw fault;
        const isAnswer = fault instanceof Refusal;
        if (isAnswer && fault.status >= 500) return settle(connection, report, begun);
        if (isAnswer) return report.end(begun, "failed", `${fault.code}: ${fault.message}`);
        throw fault;
      });
    if (result.Outcome !== "done") failed++;
    progress.clear();
    print(result, options.json);
    progress.add();
  }
  progress.clear();
  return failed;
}

function print(result: UnstuckUser, json: boolean | undefined): void {
  const { Username, Outcome, Error: error, Password } = result;
  const words = [Username, Outcome, ...(Password && Outcome === "done" ? [Password] : error ? [error] : [])];
  const told = Outcome === "done" ? result : { ...result, Password: undefined };
  terminal.print(json ? JSON.stringify(told) : words.map(visible).join("\t"));
}

/** @throws UsageFault */
function rateOf({ rate }: UnstickOptions, action: Action): number {
  if (rate === undefined) return RATES[action];
  const perSecond = Number(rate);
  if (!(perSecond > 0) || perSecond > 1000)
    throw new UsageFault("--rate is a number above 0 and at most 1000");
  return perSecond;
}

/**
 * `cognate user unstick`: shows who is stuck, and moves them on when told so.
 * @returns the exit status; 1 when it failed for someone
 */
export const unstick = (options: UnstickOptions): Promise<number> =>
  task(options, async (connection) => {
    const action = actionOf(options);
    if (action === "resend" && options.status?.includes("UNCONFIRMED") && !options.client)
      throw new UsageFault("the code of a sign-up is sent again by an app client: give --client");
    if (action) rateOf(options, action);
    const pool = await findPool(connection, options.pool);
    const { UserPool: described = {} } = await connection.call("DescribeUserPool", { UserPoolId: pool.Id });
    const found = await stuckUsers(connection, pool, described, options);
    const onlyShown = options.dryRun || action === null || !(options.yes || terminal.interactive);
    if (onlyShown) {
      show(found, options.json);
      const way = action === null ? "give --resend, --set-permanent or --generate" : "give --yes";
      terminal.note(`${found.length} stuck in ${pool.Name}; nothing was changed: ${way} to move them on`);
      return 0;
    }
    const report = new UnstickReport(options.report ?? `unstick.${pool.Id}.jsonl`, pool.Id, action);
    try {
      if (report.inDoubt) print(await settle(connection, report, report.inDoubt), options.json);
      const left = found.filter(({ username }) => !report.isDone(username));
      if (report.doneBefore > 0)
        terminal.note(
          `going on with ${report.path}: ${report.doneBefore} done before; another --report begins anew`,
        );
      if (left.length === 0) {
        terminal.note(`nobody is stuck in ${pool.Name}`);
        return 0;
      }
      nameEndpoint(connection);
      if (!options.yes) {
        for (const user of left.slice(0, SHOWN)) terminal.note(shown(user));
        if (left.length > SHOWN) terminal.note(`and ${left.length - SHOWN} more; --dry-run shows all`);
      }
      if (!(await requireConsent(`${action} for ${left.length} users of ${pool.Name}?`, options))) return 1;
      const failed = await unstickAll({ connection, pool, described, action, options }, left, report);
      terminal.note(
        `${left.length - failed} done, ${failed} failed; what became of each is in ${report.path}`,
      );
      return failed > 0 ? 1 : 0;
    } finally {
      report.close();
    }
  });
