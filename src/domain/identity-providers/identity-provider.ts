import type { IdentityProviderTypeType } from "../../api/generated/shapes.ts";
import type { Instant } from "../../runtime/clock.ts";
import type { PoolKey } from "../user-pools/index.ts";

/** Strings by name, as ProviderDetails and the mappings are on the wire. */
export type Texts = Readonly<Record<string, string>>;

/** Where the users of a pool can also come from. */
export interface IdentityProvider {
  readonly poolKey: PoolKey;
  /** Unique in the pool; a social provider's name is its type. */
  readonly name: string;
  readonly type: IdentityProviderTypeType;
  /** ProviderDetails as given, without secrets and without what is added when they are shown. */
  readonly details: Texts;
  /** The secret ones of ProviderDetails as JSON, sealed under the pool's data key; null when there are none. */
  readonly sealedSecrets: Uint8Array | null;
  /** Other names that `idp_identifier` may give; each unique in the pool. */
  readonly identifiers: readonly string[];
  /** The provider's claim by the pool's attribute. */
  readonly attributeMapping: Texts;
  /** The provider's ACR value by the pool's level (`Level1` to `Level4`); null when it was never given. */
  readonly acrMapping: Texts | null;
  readonly createdAt: Instant;
  readonly modifiedAt: Instant;
}
