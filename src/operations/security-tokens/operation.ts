import type { Authority, Origin, Principal } from "../../domain/iam/index.ts";
import type { Services } from "../../domain/services.ts";

/** The parameters of a call, as a form has them. */
export type Parameters = ReadonlyMap<string, string>;

/** What an answer holds: texts and groups of texts by their names, in the order they are to be written. */
export interface Answer {
  readonly [name: string]: string | number | Answer | undefined;
}

/** Who calls, and what an action of the Security Token Service works with. */
export interface TokenContext {
  readonly caller: Principal;
  readonly origin: Origin;
  readonly authority: Authority;
  readonly services: Pick<Services, "store" | "keyEncryptionKey" | "clock" | "random">;
}

/** One action of the Security Token Service. Throws a ServiceError to refuse. */
export type TokenAction = (parameters: Parameters, context: TokenContext) => Promise<Answer> | Answer;
