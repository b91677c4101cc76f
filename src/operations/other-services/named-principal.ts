import { accessDenied, invalidParameter } from "../../domain/errors.ts";
import {
  arnOf,
  CredentialsError,
  isPrincipalName,
  type NamedPolicy,
  type NewAccessKey,
  type PrincipalKind,
  type PrincipalName,
  ROOT_NAME,
} from "../../domain/iam/index.ts";
import type { ServiceContext, ServiceOperation } from "./operation.ts";

/** The member that says whom a call is about: `user/NAME`, `role/NAME` or `root`, as ARNs end. */
export const PRINCIPAL = { Principal: { type: "string", required: true } } as const;
/** Members of an input that gives policies. */
export const POLICIES = {
  Policies: { type: { listOf: { PolicyName: { type: "string" }, PolicyDocument: { type: "string" } } } },
} as const;

type Input = Readonly<Record<string, unknown>>;

/** What all operations on principals have in common: policies decide about the ARN of whom it is about. */
export const ON_PRINCIPAL = {
  service: "cognate",
  auditedAs: "cognate",
  resource: ({ Principal }: Input, accountId: string) => `arn:aws:iam::${accountId}:${Principal ?? ""}`,
} as const satisfies Partial<ServiceOperation>;

const FORM = /^(user|role)\/(.*)$/s;

/**
 * Whom a call is about, in the caller's account.
 * @param kinds of principals that the operation is for
 * @throws InvalidParameterException; AccessDeniedException for the account itself, which nobody but itself may give keys for: it
 * may do everything, which no policy means to give away by allowing an action on all users
 */
export function namedPrincipal(
  { Principal }: Input,
  { caller, accountId }: ServiceContext,
  action: string,
  kinds: readonly PrincipalKind[],
): PrincipalName {
  const text = String(Principal);
  const [, kind = text, name = text] = FORM.exec(text) ?? [];
  const who = { accountId, kind: kind as PrincipalKind, name };
  if (!kinds.includes(who.kind) || (who.kind === "root" ? name !== ROOT_NAME : !isPrincipalName(name)))
    throw invalidParameter(`Principal must be ${kinds.map(formOf).join(" or ")}.`);
  if (who.kind === "root" && caller.type !== "Account")
    throw accessDenied(
      `User: ${caller.arn} is not authorized to perform: cognate:${action} on resource: ${arnOf(who)} because only the account itself may`,
    );
  return who;
}

const formOf = (kind: PrincipalKind): string => (kind === "root" ? ROOT_NAME : `${kind}/NAME`);

const POLICY_NAME = /^[\w+=,.@-]{1,128}$/;

/** @throws InvalidParameterException */
export function namedPolicies({ Policies }: Input): NamedPolicy[] {
  const given = (Policies ?? []) as readonly ({ PolicyName?: string; PolicyDocument?: string } | null)[];
  const policies = given.map((policy) => {
    const { PolicyName: name = "", PolicyDocument: document = "" } = policy ?? {};
    if (!POLICY_NAME.test(name))
      throw invalidParameter(
        "PolicyName has 1 to 128 letters, digits and characters of _+=,.@- and nothing else.",
      );
    return { name, document };
  });
  if (new Set(policies.map(({ name }) => name)).size < policies.length)
    throw invalidParameter("Each PolicyName may be given once.");
  return policies;
}

/** What gives policies takes the right to give policies. */
export const policiesGiven = ({ Policies }: Input): readonly string[] =>
  Array.isArray(Policies) && Policies.length > 0 ? ["PutPolicies"] : [];

/** @throws ServiceError in place of what operators are told */
export async function answering<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (fault) {
    throw fault instanceof CredentialsError ? fault.refusal : fault;
  }
}

/** The only time that a secret is shown. */
export const shownKey = (who: PrincipalName, { accessKeyId, secretAccessKey }: NewAccessKey) => ({
  AccessKey: { PrincipalArn: arnOf(who), AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey },
});
