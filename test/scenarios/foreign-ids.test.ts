import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OperationName, operationFacts, operationNames } from "../../src/api/operation.ts";
import { inputSchema } from "../../src/http/aws-json/input-schema.ts";
import { makeClient, makePool, makeUser, PASSWORD } from "../support/builders.ts";
import { drawsFrom, validInput } from "../support/model-probe.ts";
import {
  type Credentials,
  EVERYTHING,
  type Production,
  signedApi,
  signedSend,
  startProduction,
} from "../support/production.ts";

/** What a pool holds, by the names of the members that refer to it. */
interface Ids {
  readonly UserPoolId: string;
  readonly ResourceArn: string;
  readonly ClientId: string;
  readonly Username: string;
  readonly GroupName: string;
}
type Member = keyof Ids;
const MEMBERS = ["UserPoolId", "ResourceArn", "ClientId", "Username", "GroupName"] as const;

let last = 0;
/** Ids of nothing: names are new each time, for operations that make something under them. */
const absentIds = (): Ids => ({
  UserPoolId: "us-east-1_absent000",
  ResourceArn: "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_absent000",
  ClientId: "absent0000000000000000000z",
  Username: `absent-user-${++last}`,
  GroupName: `absent-group-${last}`,
});
const OTHER_ACCOUNT = "999999999999";
/** They take names that need not exist yet: last, so that what they make is in nobody's way. */
const makesSomething = (operation: OperationName): boolean => /^(Admin)?Create/.test(operation);

describe("an id of something that belongs to others", () => {
  let production: Production;
  let url: string;
  let caller: Credentials;
  let own: Ids;
  let foreign: Record<"of another account" | "of another region", Ids>;
  let states: () => Promise<string>;

  beforeAll(async () => {
    production = await startProduction();
    url = production.url;
    caller = await production.user("somebody", [EVERYTHING]);
    const stranger = await production.user("stranger", [EVERYTHING], OTHER_ACCOUNT);
    const make = async (credentials: Credentials, region: string, mark: string): Promise<Ids> => {
      const api = signedApi(url, credentials, { region });
      const { Id: UserPoolId, Arn } = await makePool(api);
      const { ClientId } = await makeClient(api, UserPoolId);
      const Username = await makeUser(api, UserPoolId, `user-${mark}`, { password: PASSWORD });
      const GroupName = `group-${mark}`;
      await api("CreateGroup", { UserPoolId, GroupName });
      await api("AdminAddUserToGroup", { UserPoolId, Username, GroupName });
      return { UserPoolId, ResourceArn: Arn ?? "", ClientId, Username, GroupName };
    };
    own = await make(caller, "us-east-1", "own");
    foreign = {
      "of another account": await make(stranger, "us-east-1", "account"),
      "of another region": await make(caller, "eu-west-1", "region"),
    };
    const places = [
      [signedApi(url, stranger), foreign["of another account"]],
      [signedApi(url, caller, { region: "eu-west-1" }), foreign["of another region"]],
    ] as const;
    states = async () =>
      JSON.stringify(
        await Promise.all(
          places.map(async ([api, { UserPoolId, ClientId, Username, GroupName }]) => [
            await api("DescribeUserPool", { UserPoolId }),
            await api("DescribeUserPoolClient", { UserPoolId, ClientId }),
            await api("AdminGetUser", { UserPoolId, Username }),
            await api("AdminListGroupsForUser", { UserPoolId, Username }),
            await api("GetGroup", { UserPoolId, GroupName }),
            await api("ListUsers", { UserPoolId }),
            await api("ListGroups", { UserPoolId }),
            await api("ListUserPoolClients", { UserPoolId }),
          ]),
        ),
      );
  });
  afterAll(() => production.close());

  const has = (operation: OperationName, member: Member): boolean =>
    inputSchema(operation).members.some(({ name }) => name === member);

  /** Code and sentence, without the id that the call was made with. */
  async function answer(operation: OperationName, ids: Ids, member: Member): Promise<string> {
    const input: Record<string, unknown> = validInput(operation, drawsFrom(11));
    for (const name of MEMBERS) if (input[name] !== undefined || name === member) input[name] = ids[name];
    const { code, message } = await signedSend(url, caller, operation, input);
    const poolId = ids.ResourceArn.split("/")[1] ?? "";
    return `${code}: ${message.replaceAll(ids[member], "<id>").replaceAll(poolId, "<pool>")}`;
  }

  it("is answered as one that nothing has, and nothing comes of it", { timeout: 240_000 }, async () => {
    const before = await states();
    const signed = operationNames.filter((operation) => operationFacts[operation].auth === "sigv4");
    const differences: string[] = [];
    const tested: Record<string, number> = {};
    for (const operation of [...signed].sort((a, b) => Number(makesSomething(a)) - Number(makesSomething(b))))
      for (const member of MEMBERS.filter((one) => has(operation, one)))
        for (const [where, ids] of Object.entries(foreign)) {
          const isPool = member === "UserPoolId" || member === "ResourceArn";
          // For a pool everything else fits it, so that only the pool's place can refuse; for what is in a pool, the pool is our own.
          const withForeign = isPool ? ids : { ...own, [member]: ids[member] };
          const withAbsent = { ...withForeign, [member]: absentIds()[member] };
          const given = await answer(operation, withForeign, member);
          const expected = await answer(operation, withAbsent, member);
          tested[`${member} ${where}`] = (tested[`${member} ${where}`] ?? 0) + 1;
          if (given !== expected)
            differences.push(`${operation} ${member} ${where}: ${given}, absent: ${expected}`);
          if (isPool && given.startsWith("null"))
            differences.push(`${operation} ${member} ${where}: succeeded`);
        }
    console.log(`D2: ${JSON.stringify(tested)}`);
    expect(differences).toEqual([]);
    expect(await states()).toBe(before);
    expect(Object.values(tested).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(250);
  });
});
