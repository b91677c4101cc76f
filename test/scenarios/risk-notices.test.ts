import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { closeWithinModel } from "../support/builders.ts";
import { arnOf, type FakeLambda, mappedTo, startFakeLambda } from "../support/fake-lambda.ts";
import { OWN_SENDER } from "../support/scene.ts";
import { ABROAD, atEveryLevel, NOTIFY, watchedScene } from "../support/threat.ts";
import { startWorld, type World } from "../support/world.ts";

const KMSKeyID = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";

describe("a notice about a risky sign-in", () => {
  const mails: Email[] = [];
  let smtp: SMTPServer;
  let lambda: FakeLambda;
  let world: World;
  beforeAll(async () => {
    smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ["STARTTLS"],
      async onData(stream, _session, done) {
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk as Buffer);
        mails.push(await PostalMime.parse(Buffer.concat(chunks)));
        done();
      },
    });
    await new Promise<void>((ready) => smtp.listen(0, "127.0.0.1", ready));
    lambda = await startFakeLambda();
    world = await startWorld({
      smtp: {
        url: `smtp://127.0.0.1:${(smtp.server.address() as AddressInfo).port}`,
        from: "server@example.com",
      },
      triggers: mappedTo(lambda.endpoint, ["email"]),
      encryptionKeys: {
        [KMSKeyID]: { aes: { namespace: "n", name: "k", key: randomBytes(32).toString("base64") } },
      },
    });
  });
  afterAll(async () => {
    await closeWithinModel(world);
    await new Promise<void>((done) => smtp.close(done));
    await lambda.close();
  });

  const risk = (more: object) => {
    const settings = atEveryLevel("NO_ACTION", true);
    const NotifyConfiguration = { ...NOTIFY, ...more };
    return {
      AccountTakeoverRiskConfiguration: { ...settings.AccountTakeoverRiskConfiguration, NotifyConfiguration },
    } as typeof settings;
  };
  const next = async (): Promise<Email> => {
    await expect.poll(() => mails.length).toBe(1);
    const [mail] = mails.splice(0);
    if (!mail) throw new Error("No mail");
    return mail;
  };

  it("leaves by SMTP from its own sender, in HTML and in plain text", async () => {
    const NoActionEmail = {
      Subject: "Was it you, {username}?",
      HtmlBody: "<b>{device-name}</b>",
      TextBody: "From {ip-address}",
    };
    const place = await watchedScene(
      world,
      "ENFORCED",
      {
        EmailConfiguration: {
          ...OWN_SENDER,
          From: "pool@example.com",
          ReplyToEmailAddress: "reply@example.com",
        },
      },
      risk({ From: "Security <security@example.com>", ReplyTo: "help@example.com", NoActionEmail }),
    );
    await place.signInFrom(ABROAD);
    const mail = await next();
    expect(mail.from).toEqual({ name: "Security", address: "security@example.com" });
    expect(mail.replyTo?.map(({ address }) => address)).toEqual(["help@example.com"]);
    expect(mail.subject).toBe("Was it you, ana?");
    expect(mail.html?.trim()).toBe("<b>Chrome 126, Windows 10</b>");
    expect(mail.text?.trim()).toBe(`From ${ABROAD.ip}`);
  });

  it("has the pool's sender where it has none of its own", async () => {
    const place = await watchedScene(
      world,
      "ENFORCED",
      { EmailConfiguration: { ...OWN_SENDER, From: "pool@example.com" } },
      risk({ From: undefined }),
    );
    await place.signInFrom(ABROAD);
    expect((await next()).from?.address).toBe("pool@example.com");
  });

  it("goes to the function that sends the pool's mail, with the token encrypted", async () => {
    const CustomEmailSender = { LambdaArn: arnOf("email"), LambdaVersion: "V1_0" as const };
    const place = await watchedScene(
      world,
      "ENFORCED",
      { LambdaConfig: { CustomEmailSender, KMSKeyID } },
      risk({}),
    );
    await place.signInFrom(ABROAD);
    await expect.poll(() => lambda.events.length).toBe(1);
    const [event] = lambda.events;
    const token = await place.code("ana@example.com");
    expect(event?.triggerSource).toBe("CustomEmailSender_AccountTakeOverNotification");
    expect(event?.request.userAttributes).toMatchObject({
      email: "ana@example.com",
      EVENT_ID: (await place.events())[0]?.EventId,
      IP_ADDRESS: ABROAD.ip,
      DEVICE_NAME: "Chrome 126, Windows 10",
    });
    expect(event?.request.code).toEqual(expect.any(String));
    expect(JSON.stringify(event)).not.toContain(token);
    expect(mails).toEqual([]);
  });
});
