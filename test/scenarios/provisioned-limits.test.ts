import { GetProvisionedLimitCommand } from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { provisionedLimit } from "../../src/domain/provisioned-limits/index.ts";
import { type Api, apiOf, refusal } from "../support/api.ts";
import { closeWithinModel } from "../support/builders.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let api: Api;
beforeAll(async () => {
  world = await startWorld();
  api = apiOf(world);
});
afterAll(() => closeWithinModel(world));

const definition = (Category: string) => ({ LimitClass: "API_CATEGORY" as const, Attributes: { Category } });
const get = async (Category: string) =>
  (await api("GetProvisionedLimit", { LimitDefinition: definition(Category) })).Limit;
const update = (Category: string, RequestedLimitValue: number) =>
  api("UpdateProvisionedLimit", { LimitDefinition: definition(Category), RequestedLimitValue });

describe("the limit of an API category", () => {
  it.each([
    ["UserAuthentication", 120],
    ["UserCreation", 50],
    ["UserAccountRecovery", 30],
    ["UserPoolClientUpdate", 15],
    ["ClientAuthentication", 150],
  ])("of %s is %i requests per second by default", async (category, rate) => {
    expect(await get(category)).toEqual({
      LimitDefinition: definition(category),
      ProvisionedLimitValue: rate,
      FreeLimitValue: rate,
    });
  });

  it("is raised for the account in its region, and taken back to the default", async () => {
    const raised = {
      LimitDefinition: definition("UserToken"),
      ProvisionedLimitValue: 300,
      FreeLimitValue: 120,
    };
    expect(await update("UserToken", 300)).toEqual({ Limit: raised });
    expect(await get("UserToken")).toEqual(raised);
    expect((await get("UserRead"))?.ProvisionedLimitValue).toBe(120);
    const { services } = world.server;
    const owner = { region: "us-east-1", accountId: "123456789012" };
    expect(await provisionedLimit(services, owner, "UserToken")).toBe(300);
    const abroad = new GetProvisionedLimitCommand({ LimitDefinition: definition("UserToken") });
    expect((await world.client("eu-west-1").send(abroad)).Limit?.ProvisionedLimitValue).toBe(120);
    await update("UserToken", 120);
    expect((await get("UserToken"))?.ProvisionedLimitValue).toBe(120);
  });

  it("is not lowered below the default, not raised beyond the quota, and fixed for some categories", async () => {
    expect(await refusal(update("UserRead", 119))).toMatch(/^InvalidParameterException: .* default, 120\.$/);
    expect(await refusal(update("UserRead", 10_001))).toMatch(/^ServiceQuotaExceededException: /);
    expect(await refusal(update("UserList", 31))).toMatch(
      /^InvalidParameterException: .* cannot be adjusted/,
    );
    expect((await get("UserRead"))?.ProvisionedLimitValue).toBe(120);
    await update("UserRead", 10_000);
    await update("UserRead", 120);
  });

  it("is of a category that exists and is named", async () => {
    expect(await refusal(get("Coffee"))).toMatch(/^ResourceNotFoundException: /);
    expect(await refusal(get("constructor"))).toMatch(/^ResourceNotFoundException: /);
    expect(await refusal(update("Coffee", 1))).toMatch(/^ResourceNotFoundException: /);
    const nameless = { LimitClass: "API_CATEGORY" as const, Attributes: {} };
    expect(await refusal(api("GetProvisionedLimit", { LimitDefinition: nameless }))).toBe(
      "InvalidParameterException: Missing required parameter Category",
    );
  });
});
