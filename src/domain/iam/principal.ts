import type { Instant } from "../../runtime/clock.ts";
import type { Policy } from "./policy-document.ts";

/** Of whom access keys are: `root` may do everything in its account, users and roles what their policies allow. */
export type PrincipalKind = "root" | "user" | "role";

export type PrincipalKey = number & { readonly __brand: "PrincipalKey" };

/** Who may get credentials, as stored. */
export interface StoredPrincipal {
  readonly key: PrincipalKey;
  /** 12 digits. */
  readonly accountId: string;
  readonly kind: PrincipalKind;
  /** Unique among the account's principals of its kind; `root` for the account itself. */
  readonly name: string;
  /** AIDA… for users, AROA… for roles, the account number for the account; a principal made anew under an old name has another. */
  readonly uniqueId: string;
  readonly policies: readonly NamedPolicy[];
  /** Who may take a role on: a policy in JSON. Null for what is no role. */
  readonly trustPolicy: string | null;
  /** The longest that credentials of a role may last, in seconds. */
  readonly maxSessionSeconds: number;
  readonly createdAt: Instant;
  readonly modifiedAt: Instant;
}

export interface NamedPolicy {
  readonly name: string;
  /** JSON, valid when it was stored. */
  readonly document: string;
}

export interface AccessKey {
  /** AKIA and 16 characters. */
  readonly id: string;
  readonly principalKey: PrincipalKey;
  readonly sealedSecret: Uint8Array;
  readonly createdAt: Instant;
}

/** Who calls, once proven. */
export interface Principal {
  readonly type: "Account" | "User" | "AssumedRole";
  /** 12 digits. */
  readonly accountId: string;
  /** `arn:aws:iam::…:user/…`, `arn:aws:iam::…:root` or `arn:aws:sts::…:assumed-role/<role>/<session>` */
  readonly arn: string;
  /** aws:PrincipalArn: as `arn`, but of the role itself for someone who has taken it on. */
  readonly principalArn: string;
  /** aws:userid */
  readonly userId: string;
  /** Of a user. */
  readonly username: string | null;
  /** What it may do; null for an account itself, which may do everything. */
  readonly policies: readonly Policy[] | null;
  /** What the session may do of it at most; null when it was not narrowed. */
  readonly sessionPolicies: readonly Policy[] | null;
  /** When temporary credentials were issued; null for an access key of its own. */
  readonly tokenIssuedAt: Instant | null;
  /** That the call was signed with: AKIA… or ASIA… */
  readonly accessKeyId: string;
  /** The long-term access key at the root of the credentials. */
  readonly sourceKeyId: string;
  readonly stored: StoredPrincipal;
}

const IAM_NAME = /^[\w+=,.@-]{1,64}$/;

/** Whether a user or a role may be called so. */
export const isPrincipalName = (name: string): boolean => IAM_NAME.test(name);

/** `arn:aws:iam::<account>:…` of a stored principal. */
export const arnOf = ({
  accountId,
  kind,
  name,
}: Pick<StoredPrincipal, "accountId" | "kind" | "name">): string =>
  kind === "root" ? `arn:aws:iam::${accountId}:root` : `arn:aws:iam::${accountId}:${kind}/${name}`;
