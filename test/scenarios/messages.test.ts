import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer } from "smtp-server";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Input } from "../../src/api/operation.ts";
import { refusal } from "../support/api.ts";
import { attributes, closeWithinModel, PASSWORD } from "../support/builders.ts";
import { OWN_SENDER, type Scene, SMS, scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

type PoolSettings = Partial<Input<"CreateUserPool">>;

const EMAIL = "ana@example.com";
const PHONE = "+15555550123";
const VERIFIES_BOTH = {
  AutoVerifiedAttributes: ["email", "phone_number"],
  SmsConfiguration: SMS,
} satisfies PoolSettings;

/** Waits for what happens after an answer was sent. */
async function until<T>(look: () => T | undefined): Promise<T> {
  for (let n = 0; n < 200; n++) {
    const found = look();
    if (found !== undefined) return found;
    await sleep(10);
  }
  throw new Error("It did not happen");
}

const invite = ({ api, UserPoolId }: Scene, Username: string, given: Record<string, string>, more = {}) =>
  api("AdminCreateUser", { UserPoolId, Username, UserAttributes: attributes(given), ...more });
const signUp = ({ api, ClientId }: Scene, given: Record<string, string>) =>
  api("SignUp", { ClientId, Username: "ana", Password: PASSWORD, UserAttributes: attributes(given) });

describe("what messages say", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => closeWithinModel(world));
  const newest = (to: string, place: Scene) =>
    world.inbox({ to, userPoolId: place.UserPoolId }).then(([message]) => {
      if (!message) throw new Error(`No message to ${to}`);
      return message;
    });

  it("without a template is Cognito's own invitation, by e-mail and SMS", async () => {
    const place = await scene(world);
    await invite(
      place,
      "ana",
      { email: EMAIL, phone_number: PHONE },
      {
        DesiredDeliveryMediums: ["EMAIL", "SMS"],
        TemporaryPassword: PASSWORD,
      },
    );
    const text = `Your username is ana and temporary password is ${PASSWORD}.`;
    const email = await newest(EMAIL, place);
    expect(email).toMatchObject({
      kind: "AdminCreateUser",
      subject: "Your temporary password",
      code: PASSWORD,
    });
    expect(email.body.trimEnd()).toBe(text);
    const sms = await newest(PHONE, place);
    expect(sms).toMatchObject({ kind: "AdminCreateUser", subject: null, channel: "SMS" });
    expect(sms.body.trimEnd()).toBe(text);
  });

  it("without a template is Cognito's own verification code, by e-mail and SMS", async () => {
    const place = await scene(world, VERIFIES_BOTH);
    await signUp(place, { email: EMAIL });
    const email = await newest(EMAIL, place);
    expect(email).toMatchObject({ kind: "SignUp", subject: "Your verification code" });
    expect(email.body.trimEnd()).toBe(`Your verification code is ${email.code}.`);
    await place.api("AdminUpdateUserAttributes", {
      UserPoolId: place.UserPoolId,
      Username: "ana",
      UserAttributes: attributes({ phone_number: PHONE }),
    });
    await place.api("ResendConfirmationCode", { ClientId: place.ClientId, Username: "ana" });
    const sms = await newest(PHONE, place);
    expect(sms.body.trimEnd()).toBe(`Your verification code is ${sms.code}.`);
  });

  it("names the temporary password, which is made to fit the policy when none is given", async () => {
    const place = await scene(world, {
      Policies: { PasswordPolicy: { MinimumLength: 30, RequireSymbols: true } },
    });
    await invite(place, "ana", { email: EMAIL });
    const { code, body } = await newest(EMAIL, place);
    expect(code.length).toBeGreaterThanOrEqual(30);
    expect(body).toContain(code.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`));
    expect((await place.signIn("ana", code)).ChallengeName).toBe("NEW_PASSWORD_REQUIRED");
  });

  it("follows the pool's templates", async () => {
    const place = await scene(world, {
      ...VERIFIES_BOTH,
      EmailConfiguration: OWN_SENDER,
      VerificationMessageTemplate: {
        EmailSubject: "Code {####} for {username}",
        EmailMessage: "<p>{username}: <b>{####}</b></p>",
        SmsMessage: "SMS {####}",
      },
      AdminCreateUserConfig: {
        InviteMessageTemplate: {
          EmailSubject: "Welcome",
          EmailMessage: "<h1>{username}</h1>{####}",
          SMSMessage: "{username}/{####}",
        },
      },
    });
    const { api, UserPoolId } = place;
    await api("SetUserPoolMfaConfig", {
      UserPoolId,
      MfaConfiguration: "OPTIONAL",
      EmailMfaConfiguration: { Subject: "Second step", Message: "Step {####}" },
      SmsMfaConfiguration: { SmsConfiguration: SMS, SmsAuthenticationMessage: "Step by SMS {####}" },
    });
    await signUp(place, { email: EMAIL });
    const verification = await newest(EMAIL, place);
    expect(verification.subject).toBe(`Code ${verification.code} for ana`);
    expect(verification.body).toBe(`<p>ana: <b>${verification.code}</b></p>`);

    await invite(
      place,
      "bob",
      { email: "bob@example.com", phone_number: PHONE },
      {
        DesiredDeliveryMediums: ["EMAIL", "SMS"],
        TemporaryPassword: PASSWORD,
      },
    );
    expect(await newest("bob@example.com", place)).toMatchObject({
      subject: "Welcome",
      body: `<h1>bob</h1>${PASSWORD}`,
    });
    expect((await newest(PHONE, place)).body).toBe(`bob/${PASSWORD}`);

    await place.user("eve", { email: "eve@example.com", phone_number: "+15555550188" });
    const prefer = (settings: object) =>
      api("AdminSetUserMFAPreference", { UserPoolId, Username: "eve", ...settings });
    await prefer({ EmailMfaSettings: { Enabled: true, PreferredMfa: true } });
    await place.signIn("eve");
    const second = await newest("eve@example.com", place);
    expect(second).toMatchObject({ subject: "Second step", body: `Step ${second.code}` });
    await prefer({ SMSMfaSettings: { Enabled: true, PreferredMfa: true } });
    await place.signIn("eve");
    const sms = await newest("+15555550188", place);
    expect(sms.body).toBe(`Step by SMS ${sms.code}`);
  });

  it("is escaped in e-mails, which are HTML, and left alone in SMS", async () => {
    const name = "<img/src=x>&'\"";
    const place = await scene(world);
    const password = "Aa1!<script>&\"'";
    await invite(
      place,
      name,
      { email: EMAIL, phone_number: PHONE },
      {
        DesiredDeliveryMediums: ["EMAIL", "SMS"],
        TemporaryPassword: password,
      },
    );
    const email = await newest(EMAIL, place);
    expect(email.body).not.toMatch(/<|"|'/);
    expect(email.body).toContain("&#60;img/src=x&#62;&#38;&#39;&#34;");
    expect(email.code).toBe(password);
    expect((await newest(PHONE, place)).body).toContain(`Your username is ${name} and`);
  });

  it("fills each placeholder once: a name that looks like one stays a name", async () => {
    const place = await scene(world);
    await invite(place, "{####}", { email: EMAIL }, { TemporaryPassword: "Aa1!{username}" });
    expect((await newest(EMAIL, place)).body.trimEnd()).toBe(
      "Your username is {####} and temporary password is Aa1!{username}.",
    );
  });

  it("names the address in invitations where people sign in with it", async () => {
    const place = await scene(world, { UsernameAttributes: ["email"] });
    await invite(place, EMAIL, {}, { DesiredDeliveryMediums: ["EMAIL"], TemporaryPassword: PASSWORD });
    expect((await newest(EMAIL, place)).body).toContain(`Your username is ${EMAIL} and`);
  });

  it("is nothing when the invitation is suppressed or no address is given", async () => {
    const place = await scene(world);
    await invite(place, "a", { email: EMAIL }, { MessageAction: "SUPPRESS" });
    await invite(place, "b", {});
    await invite(place, "c", { email: EMAIL }, { DesiredDeliveryMediums: ["SMS"] });
    expect(await world.inbox({ userPoolId: place.UserPoolId })).toEqual([]);
  });

  it("must have room for what it carries: a template without its placeholder is refused", async () => {
    const { api } = await scene(world);
    const create = (settings: PoolSettings) => refusal(api("CreateUserPool", { PoolName: "p", ...settings }));
    expect(await create({ EmailVerificationMessage: "no code here" })).toMatch(
      /^InvalidParameterException: 1 validation error detected: .*emailVerificationMessage/,
    );
    expect(await create({ SmsVerificationMessage: "no code here" })).toMatch(
      /^InvalidParameterException: 1 validation error detected: .*smsVerificationMessage/,
    );
    const invitation = (template: object) =>
      create({ AdminCreateUserConfig: { InviteMessageTemplate: template } });
    expect(await invitation({ SMSMessage: "{####} without a name" })).toBe(
      "InvalidParameterException: Invalid SMS message for Admin create user flow parameter",
    );
    expect(await invitation({ EmailMessage: "{####} without a name" })).toMatch(
      /^InvalidParameterException: /,
    );
  });
});

describe("e-mail by SMTP", () => {
  interface Delivered {
    readonly from: string;
    readonly to: readonly string[];
    readonly email: Email;
    readonly raw: string;
  }
  let delivered: Delivered[] = [];
  let refusals = 0;
  let smtp: SMTPServer;
  let world: World;

  beforeAll(async () => {
    smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ["STARTTLS"],
      onData(stream, session, done) {
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("end", async () => {
          if (refusals > 0) {
            refusals--;
            done(Object.assign(new Error("Try again later"), { responseCode: 451 }));
            return;
          }
          const raw = Buffer.concat(chunks).toString();
          const { mailFrom, rcptTo } = session.envelope;
          delivered.push({
            from: mailFrom ? mailFrom.address : "",
            to: rcptTo.map((recipient) => recipient.address),
            email: await PostalMime.parse(raw),
            raw,
          });
          done();
        });
      },
    });
    await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", () => resolve()));
    const { port } = smtp.server.address() as AddressInfo;
    world = await startWorld({ smtp: { url: `smtp://127.0.0.1:${port}`, from: "no-reply@example.org" } });
  });
  afterEach(() => {
    delivered = [];
    refusals = 0;
  });
  afterAll(async () => {
    await closeWithinModel(world);
    await new Promise<void>((resolve) => smtp.close(() => resolve()));
  });
  const next = () => until(() => delivered[0]);

  it("arrives at the address with sender, subject, body and a code that works", async () => {
    const place = await scene(world, { AutoVerifiedAttributes: ["email"] });
    await signUp(place, { email: EMAIL });
    const { from, to, email } = await next();
    expect(from).toBe("no-reply@example.org");
    expect(to).toEqual([EMAIL]);
    expect(email.subject).toBe("Your verification code");
    expect(email.from?.address).toBe("no-reply@example.org");
    expect(email.to?.map(({ address }) => address)).toEqual([EMAIL]);
    const ConfirmationCode = /is (\d{6})\./.exec(email.html ?? "")?.[1] ?? "";
    await place.api("ConfirmSignUp", { ClientId: place.ClientId, Username: "ana", ConfirmationCode });
    expect(await place.status("ana")).toBe("CONFIRMED");
  });

  it("comes from the pool's own sender, with its reply address, where the pool has one", async () => {
    const place = await scene(world, {
      EmailConfiguration: {
        ...OWN_SENDER,
        From: "Ana's Shop <shop@example.com>",
        ReplyToEmailAddress: "help@example.com",
      },
    });
    await invite(place, "ana", { email: EMAIL });
    const { from, email } = await next();
    expect(from).toBe("shop@example.com");
    expect(email.from).toMatchObject({ name: "Ana's Shop", address: "shop@example.com" });
    expect(email.replyTo?.map(({ address }) => address)).toEqual(["help@example.com"]);
  });

  it("carries text of every script in subject and body", async () => {
    const place = await scene(world, {
      AutoVerifiedAttributes: ["email"],
      VerificationMessageTemplate: {
        EmailSubject: "Ihr Code für 東京 😀",
        EmailMessage: "<p>Grüße, 東京 😀: {####}</p>",
      },
    });
    await signUp(place, { email: EMAIL });
    const { email } = await next();
    expect(email.subject).toBe("Ihr Code für 東京 😀");
    expect(email.html).toMatch(/<p>Grüße, 東京 😀: \d{6}<\/p>/);
  });

  it("has no header and no recipient that a template, a sender or a name smuggled in", async () => {
    const evil = "\r\nBcc: evil@example.com\r\nX-Evil: 1\r\n\r\nbody";
    const place = await scene(world, {
      AutoVerifiedAttributes: ["email"],
      EmailConfiguration: {
        ...OWN_SENDER,
        From: `shop@example.com${evil}`,
        ReplyToEmailAddress: "help@example.com",
      },
      VerificationMessageTemplate: { EmailSubject: `Code${evil}`, EmailMessage: "{####}" },
    });
    await signUp(place, { email: EMAIL });
    const { to, email } = await next();
    expect(to).toEqual([EMAIL]);
    expect(email.bcc ?? []).toEqual([]);
    expect(email.headers.map(({ key }) => key)).not.toContain("x-evil");
    expect(email.headers.map(({ key }) => key)).not.toContain("bcc");
    expect(email.subject).not.toMatch(/[\r\n]/);
    for (const address of [
      `a@example.com${evil}`,
      "a@example.com, b@example.com",
      "<a@example.com>",
      "a b@c.de",
    ])
      expect(await refusal(invite(place, "x", { email: address }))).toBe(
        "InvalidParameterException: Invalid email address format.",
      );
  });

  it("is tried again after the mail server refused it, and then arrives once", async () => {
    refusals = 1;
    const place = await scene(world, { AutoVerifiedAttributes: ["email"] });
    await signUp(place, { email: EMAIL });
    await until(() => (refusals === 0 ? true : undefined));
    await sleep(50);
    expect(delivered).toEqual([]);
    await world.advanceSeconds(11);
    world.server.services.wakeOutbox();
    const { email } = await next();
    expect(email.html).toContain(await place.code(EMAIL));
    await world.advanceSeconds(3600);
    world.server.services.wakeOutbox();
    await sleep(50);
    expect(delivered).toHaveLength(1);
  });

  it("does not hold up the answer, and is sent after it, once per message", async () => {
    const place = await scene(world);
    for (let i = 0; i < 40; i++) await invite(place, `u${i}`, { email: `u${i}@example.com` });
    await until(() => (delivered.length >= 40 ? true : undefined));
    await sleep(50);
    expect(delivered.flatMap(({ to }) => to).sort()).toEqual(
      Array.from({ length: 40 }, (_, i) => `u${i}@example.com`).sort(),
    );
  });

  it("is not sent for a call that was refused", async () => {
    const place = await scene(world, { UsernameAttributes: ["email"], AutoVerifiedAttributes: ["email"] });
    const again = () =>
      place.api("SignUp", { ClientId: place.ClientId, Username: EMAIL, Password: PASSWORD });
    await again();
    await next();
    await refusal(again());
    world.server.services.wakeOutbox();
    await sleep(50);
    expect(delivered).toHaveLength(1);
  });
});

describe("SMS by a webhook", () => {
  interface Request {
    readonly method: string | undefined;
    readonly headers: IncomingHttpHeaders;
    readonly body: Record<string, unknown>;
  }
  let received: Request[] = [];
  let answers: number[] = [];
  let gateway: Server;
  let world: World;

  beforeAll(async () => {
    gateway = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = JSON.parse(Buffer.concat(chunks).toString() || "{}");
        received.push({ method: request.method, headers: request.headers, body });
        const status = answers.shift() ?? 202;
        response.writeHead(status, status === 302 ? { location: "/elsewhere" } : {}).end("ok");
      });
    });
    await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
    const { port } = gateway.address() as AddressInfo;
    world = await startWorld({ sms: { webhookUrl: `http://127.0.0.1:${port}/sms`, token: "gateway-token" } });
  });
  afterEach(() => {
    received = [];
    answers = [];
  });
  afterAll(async () => {
    await closeWithinModel(world);
    await new Promise((resolve) => gateway.close(resolve));
  });

  it("is one POST with the number, the text, the occasion and the pool", async () => {
    const place = await scene(world, VERIFIES_BOTH);
    await signUp(place, { phone_number: PHONE });
    const { method, headers, body } = await until(() => received[0]);
    expect(method).toBe("POST");
    expect(headers).toMatchObject({
      "content-type": "application/json",
      authorization: "Bearer gateway-token",
    });
    expect(body).toEqual({
      to: PHONE,
      body: expect.stringMatching(/^Your verification code is \d{6}\. ?$/),
      kind: "SignUp",
      userPoolId: place.UserPoolId,
    });
    const ConfirmationCode = /\d{6}/.exec(String(body.body))?.[0] ?? "";
    await place.api("ConfirmSignUp", { ClientId: place.ClientId, Username: "ana", ConfirmationCode });
  });

  it.each([500, 302, 404])(
    "is tried again after the gateway answered %i, and follows no redirect",
    async (status) => {
      answers = [status];
      const place = await scene(world, VERIFIES_BOTH);
      await signUp(place, { phone_number: PHONE });
      await until(() => received[0]);
      await sleep(50);
      expect(received).toHaveLength(1);
      await world.advanceSeconds(11);
      world.server.services.wakeOutbox();
      await until(() => received[1]);
      expect(received[1]?.body).toEqual(received[0]?.body);
      expect(received.every(({ method }) => method === "POST")).toBe(true);
    },
  );

  it("is given up after some tries", async () => {
    answers = Array.from({ length: 30 }, () => 500);
    const place = await scene(world, VERIFIES_BOTH);
    await signUp(place, { phone_number: PHONE });
    await until(() => received[0]);
    let before = 0;
    while (received.length > before && before < 30) {
      before = received.length;
      await sleep(30);
      await world.advanceSeconds(7200);
      world.server.services.wakeOutbox();
      await until(() => (received.length > before ? true : undefined)).catch(() => undefined);
      if (received.length === before) break;
    }
    expect(received.length).toBeGreaterThan(2);
    expect(received.length).toBeLessThan(30);
  });
});
