import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { refusal } from "../support/api.ts";
import { attributes, closeWithinModel, PASSWORD } from "../support/builders.ts";
import { arnOf, type FakeLambda, mappedTo, startFakeLambda } from "../support/fake-lambda.ts";
import { type Scene, SMS, scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

const KEY = randomBytes(32);
const KMSKeyID = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";
const AT_KMS = KMSKeyID.replace("1111", "2222");

/** AWS's own reader; it comes with another server that the benchmarks measure. */
const sdk = (() => {
  try {
    return createRequire(import.meta.url)("@aws-crypto/client-node");
  } catch {
    return null;
  }
})();

async function open(code: unknown): Promise<string> {
  const { decrypt } = sdk.buildClient(sdk.CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);
  const keyring = new sdk.RawAesKeyringNode({
    keyName: "codes",
    keyNamespace: "cognate",
    unencryptedMasterKey: new Uint8Array(KEY),
    wrappingSuite: sdk.RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  });
  return (await decrypt(keyring, Buffer.from(String(code), "base64"))).plaintext.toString();
}

describe("a function that sends a pool's messages", () => {
  let lambda: FakeLambda;
  let world: World;
  beforeAll(async () => {
    lambda = await startFakeLambda();
    world = await startWorld({
      triggers: mappedTo(lambda.endpoint, ["email", "sms", "words"]),
      encryptionKeys: {
        [KMSKeyID]: { aes: { namespace: "cognate", name: "codes", key: KEY.toString("base64") } },
        [AT_KMS]: { kms: { endpoint: `${lambda.endpoint}/kms` } },
      },
    });
  });
  beforeEach(() => lambda.reset());
  afterAll(async () => {
    await closeWithinModel(world);
    await lambda.close();
  });

  const sender = (name: string) => ({ LambdaArn: arnOf(name), LambdaVersion: "V1_0" as const });
  const prepared = (config: object = {}, pool: object = {}) =>
    scene(world, {
      AutoVerifiedAttributes: ["email"],
      LambdaConfig: {
        CustomEmailSender: sender("email"),
        CustomSMSSender: sender("sms"),
        CustomMessage: arnOf("words"),
        KMSKeyID,
        ...config,
      },
      ...pool,
    });
  const signUp = ({ api, ClientId }: Scene, Username: string, given: Record<string, string>) =>
    api("SignUp", {
      ClientId,
      Username,
      Password: PASSWORD,
      UserAttributes: attributes(given),
      ClientMetadata: { from: "web" },
    });
  const events = (count: number) => vi.waitFor(() => expect(lambda.events).toHaveLength(count), 5000);

  it.skipIf(sdk === null)(
    "gets the code under the pool's key, which AWS's own library opens (skipped where that is not installed)",
    async () => {
      const at = await prepared();
      await signUp(at, "ana", { email: "ana@example.com" });
      await events(1);
      const [event] = lambda.events;
      expect(event).toEqual({
        version: "1",
        triggerSource: "CustomEmailSender_SignUp",
        region: "us-east-1",
        userPoolId: at.UserPoolId,
        userName: "ana",
        callerContext: { awsSdkVersion: "aws-sdk-unknown-unknown", clientId: at.ClientId },
        request: {
          type: "customEmailSenderRequestV1",
          code: expect.any(String),
          clientMetadata: { from: "web" },
          userAttributes: {
            sub: expect.any(String),
            "cognito:user_status": "UNCONFIRMED",
            email: "ana@example.com",
            email_verified: "false",
          },
        },
      });
      const ConfirmationCode = await open(event?.request.code);
      await at.api("ConfirmSignUp", { ClientId: at.ClientId, Username: "ana", ConfirmationCode });
      expect(lambda.calls[0]?.headers["x-amz-invocation-type"]).toBe("Event");
    },
  );

  it("takes the place of CustomMessage on its channel only", async () => {
    const at = await prepared({ CustomEmailSender: undefined });
    await signUp(at, "bo", { email: "bo@example.com" });
    expect(lambda.events.map((event) => event.triggerSource)).toEqual(["CustomMessage_SignUp"]);
  });

  it.skipIf(sdk === null)("of SMS gets them too, and the new address of a change", async () => {
    const at = await prepared({}, { AutoVerifiedAttributes: ["phone_number"], SmsConfiguration: SMS });
    await at.user("cy", { phone_number: "+12065550100" });
    const { AccessToken } = await at.tokens("cy");
    await at.api("UpdateUserAttributes", {
      AccessToken,
      UserAttributes: attributes({ phone_number: "+12065550199" }),
      ClientMetadata: { not: "handed on" },
    });
    await events(1);
    expect(lambda.events[0]).toMatchObject({
      triggerSource: "CustomSMSSender_UpdateUserAttribute",
      request: { type: "customSMSSenderRequestV1", userAttributes: { phone_number: "+12065550199" } },
    });
    expect(lambda.events[0]?.request).not.toHaveProperty("clientMetadata");
    await at.api("VerifyUserAttribute", {
      AccessToken,
      AttributeName: "phone_number",
      Code: await open(lambda.events[0]?.request.code),
    });
  });

  it.skipIf(sdk === null)("gets temporary passwords escaped for HTML", async () => {
    const at = await prepared();
    await at.api("AdminCreateUser", {
      UserPoolId: at.UserPoolId,
      Username: "di",
      TemporaryPassword: "First<Day>&1",
      UserAttributes: attributes({ email: "di@example.com" }),
      DesiredDeliveryMediums: ["EMAIL"],
    });
    await events(1);
    expect(lambda.events[0]?.triggerSource).toBe("CustomEmailSender_AdminCreateUser");
    expect(await open(lambda.events[0]?.request.code)).toBe("First&lt;Day&gt;&amp;1");
  });

  it("can have its key at a KMS endpoint", async () => {
    const at = await prepared({ KMSKeyID: AT_KMS });
    lambda.raw("", (_, response) =>
      response.end(
        JSON.stringify({
          KeyId: AT_KMS,
          Plaintext: randomBytes(32).toString("base64"),
          CiphertextBlob: Buffer.from("wrapped by KMS").toString("base64"),
        }),
      ),
    );
    await signUp(at, "ed", { email: "ed@example.com" });
    await events(2);
    expect(lambda.events[0]).toMatchObject({
      KeyId: AT_KMS,
      NumberOfBytes: 32,
      EncryptionContext: { "userpool-id": at.UserPoolId },
    });
    expect(lambda.calls[0]?.headers["x-amz-target"]).toBe("TrentService.GenerateDataKey");
    const message = Buffer.from(String(lambda.events[1]?.request.code), "base64");
    expect(message.includes("wrapped by KMS")).toBe(true);
    expect(message.includes(AT_KMS)).toBe(true);
  });

  it("is called again when it could not be reached, and the caller does not wait for it", async () => {
    const at = await prepared();
    lambda.raw("email", (_, response) => response.writeHead(503).end());
    await signUp(at, "fi", { email: "fi@example.com" });
    await events(1);
    lambda.reset();
    await world.advanceSeconds(11);
    world.server.services.wakeOutbox();
    await events(1);
  });

  it("needs a key", async () => {
    const LambdaConfig = { CustomEmailSender: sender("email") };
    expect(await refusal(scene(world, { LambdaConfig }))).toMatch(/^InvalidParameterException: KMSKeyID/);
  });
});
