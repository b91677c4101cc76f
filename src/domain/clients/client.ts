import type { ClientSSOSessionConfigType, UserPoolClientType } from "../../api/generated/shapes.ts";
import type { Instant } from "../../runtime/clock.ts";
import type { PoolKey } from "../user-pools/index.ts";

/** A client's settings in the API's own shape, as DescribeUserPoolClient returns them, without ids, dates and the secret. */
export type ClientSettings = Omit<
  UserPoolClientType,
  "UserPoolId" | "ClientId" | "ClientSecret" | "ClientType" | "CreationDate" | "LastModifiedDate"
> & { readonly ClientName: string };

/** A client secret, sealed under the pool's data key: the API shows it again, so it cannot be hashed. */
export interface StoredClientSecret {
  /** `<client-id>--<number>` */
  readonly id: string;
  readonly sealed: Uint8Array;
  readonly createdAt: Instant;
}

export interface Client {
  readonly key: number;
  /** 26 characters. */
  readonly id: string;
  readonly poolKey: PoolKey;
  readonly settings: ClientSettings;
  /** Absent until SetUserPoolClientSessionConfiguration. */
  readonly ssoSession?: ClientSSOSessionConfigType;
  /** At most two, the older one first; empty for a public client. */
  readonly secrets: readonly StoredClientSecret[];
  readonly createdAt: Instant;
  readonly modifiedAt: Instant;
}
