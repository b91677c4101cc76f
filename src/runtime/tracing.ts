/**
 * What a trace may tell of a request: these facts and no others. What callers send, and names and addresses of users, have no
 * field here.
 */
export interface RequestFacts {
  /** Of the API, or of another service of this address. */
  readonly operation?: string | null | undefined;
  readonly status?: number | undefined;
  /** Bare exception name; null on success. */
  readonly errorCode?: string | null | undefined;
  readonly region?: string | undefined;
  /** Of a pool that there is: not what a caller says. */
  readonly userPoolId?: string | undefined;
}

/** A request, as it comes in. */
export interface TracedRequest {
  /** UUID. */
  readonly requestId: string;
  readonly method: string;
  /** `traceparent` and `tracestate` of a peer that is believed; null for any other. */
  readonly parent: Readonly<Record<"traceparent" | "tracestate", string | string[] | undefined>> | null;
}

/** Something that requests wait for. */
export interface TracedStep {
  readonly name: "transaction" | "hash password" | "invoke function" | "send message";
  /**
   * Whether it leaves the process. What does is traced outside of requests too, as a trace of its own; of anything else there is a
   * trace only as a part of a request.
   */
  readonly leaves: boolean;
  readonly facts: StepFacts;
}

export interface StepFacts {
  readonly database?: "sqlite" | "postgresql";
  /** How often the database had the work run. */
  readonly attempts?: number;
  readonly functionArn?: string;
  /** What came of the call, as `Invocation` names it. */
  readonly outcome?: string;
  readonly channel?: string;
  readonly userPoolId?: string;
}

/** Adds to what is told of a step. */
export type TellOfStep = (facts: StepFacts, failed?: "failed") => void;

/** Follows requests through what they wait for. It is there only where it is configured. */
export interface Tracing {
  /** Runs the work of a request, and tells of what it gave; null: the caller went away. */
  request<A extends RequestFacts>(request: TracedRequest, work: () => Promise<A | null>): Promise<A | null>;
  /** Adds to what is told of the request under way, if one is. */
  note(facts: RequestFacts): void;
  /** Runs a step of the request under way. */
  step<T>(step: TracedStep, work: (tell: TellOfStep) => Promise<T>): Promise<T>;
  /** Begins work that is no part of the request that begins it. */
  apart(begin: () => void): void;
  /** Delivers what waits, for a few seconds at most. Never rejects. */
  close(): Promise<void>;
}
