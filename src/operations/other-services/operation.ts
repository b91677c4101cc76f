import type { Origin, Principal } from "../../domain/iam/index.ts";
import type { Services } from "../../domain/services.ts";

/** What a member of an input may be, as JSON has it; timestamps are seconds since the epoch. */
export type MemberType = "string" | "integer" | "timestamp" | { readonly listOf: InputMembers };

/** The members of an input by their names. */
export type InputMembers = Readonly<
  Record<string, { readonly type: MemberType; readonly required?: boolean }>
>;

/** Who calls, and what an operation works with. */
export interface ServiceContext {
  readonly caller: Principal;
  /** 12 digits: of the caller. */
  readonly accountId: string;
  /** That the call was signed for. */
  readonly region: string;
  /** What policies may ask of any call of this caller's. */
  readonly origin: Origin;
  readonly services: Services;
}

/** An operation of another service than the user-pool API: in its wire, under a target of its own. */
export interface ServiceOperation {
  /** As policies call it after the service's name. */
  readonly name: string;
  /** That signatures and actions of policies carry. */
  readonly service: string;
  /** eventSource of its audit records; null when it only reads and leaves none. */
  readonly auditedAs: string | null;
  /** No policy can forbid it: it tells callers no more than what they may do and where they are. */
  readonly allowedToAll?: true;
  readonly input: InputMembers;
  /** The ARN that policies decide about, of the decoded input; absent: the pool that the input names, else `*`. */
  readonly resource?: (input: Readonly<Record<string, unknown>>, accountId: string) => string;
  /** Names of further actions of the service that the caller must be allowed, for what this input asks for besides. */
  readonly furtherActions?: (input: Readonly<Record<string, unknown>>) => readonly string[];
  /** Throws a ServiceError to refuse. @param input each member of its type, required ones present */
  readonly invoke: (
    input: Readonly<Record<string, unknown>>,
    context: ServiceContext,
  ) => Promise<Readonly<Record<string, unknown>>>;
}
