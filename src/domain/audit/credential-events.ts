import type { Identifiers } from "../../runtime/identifiers.ts";
import type { NamedPolicy, StoredPrincipal } from "../iam/index.ts";
import type { Store } from "../store.ts";
import type { AuditRecorder } from "./recorder.ts";

/** A change of credentials as CloudTrail names it, with the parameters that the call of IAM would have. */
export interface CredentialEvent {
  readonly name: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

type Who = Pick<StoredPrincipal, "kind" | "name">;

const naming = ({ kind, name }: Who) => (kind === "role" ? { roleName: name } : { userName: name });

export const accessKeyMade = (who: Who): CredentialEvent => ({
  name: "CreateAccessKey",
  parameters: naming(who),
});
export const accessKeyDeleted = (accessKeyId: string, who: Who | null): CredentialEvent => ({
  name: "DeleteAccessKey",
  parameters: { ...(who ? naming(who) : {}), accessKeyId },
});
export const principalMade = (who: Who): CredentialEvent => ({
  name: who.kind === "role" ? "CreateRole" : "CreateUser",
  parameters: naming(who),
});
export const principalDeleted = (who: Who): CredentialEvent => ({
  name: who.kind === "role" ? "DeleteRole" : "DeleteUser",
  parameters: naming(who),
});

/** Policies that take the place of others: those that are given are put, those that are missing are deleted. */
export function policiesChanged(
  who: Who,
  before: readonly NamedPolicy[],
  after: readonly NamedPolicy[],
): CredentialEvent[] {
  const of = who.kind === "role" ? "RolePolicy" : "UserPolicy";
  const gone = before.filter(({ name }) => !after.some((policy) => policy.name === name));
  return [
    ...after.map(({ name, document }) => ({
      name: `Put${of}`,
      parameters: { ...naming(who), policyName: name, policyDocument: document },
    })),
    ...gone.map(({ name }) => ({
      name: `Delete${of}`,
      parameters: { ...naming(who), policyName: name },
    })),
  ];
}

export const trustChanged = (who: Who, policyDocument: string): CredentialEvent => ({
  name: "UpdateAssumeRolePolicy",
  parameters: { ...naming(who), policyDocument },
});

/** Where credentials are changed without a call, and by what, for the records. */
export interface CredentialChange {
  readonly accountId: string;
  readonly region: string;
  /** Such as `cognate credentials (ana)`. */
  readonly by: string;
}

/** The store, whose next transaction carries a record of each event: it and they are kept together or not at all. */
export function recordingCredentials(
  recorder: AuditRecorder,
  identifiers: Pick<Identifiers, "uuid">,
  store: Store,
  { accountId, region, by }: CredentialChange,
  events: readonly CredentialEvent[],
): Store {
  const requestId = identifiers.uuid();
  const principal = {
    type: "Unknown" as const,
    principalId: by,
    arn: null,
    accountId,
    accessKeyId: null,
  };
  return events.reduceRight(
    (recorded, { name, parameters }) =>
      recorder
        .begin({
          source: "iam.amazonaws.com",
          requestId,
          operation: name,
          principal,
          region,
          accountId,
          sourceIp: null,
          userAgent: "cognate",
          requestParameters: parameters,
        })
        .over(recorded),
    store,
  );
}
