/** An answered request. */
export interface AnsweredRequest {
  /** Null for anything but the API, and for operations that there are none of. */
  readonly operation: string | null;
  readonly status: number;
  /** Bare exception name; null on success. */
  readonly errorCode: string | null;
  /** Milliseconds from the request's headers to its answer. */
  readonly durationMs: number;
}

/** One step of a sign-in. */
export interface SignInStep {
  /** AuthFlow, or the name of the challenge that was answered. */
  readonly step: string;
  /** `tokens`, the name of the challenge that comes next, or the name of the exception. */
  readonly outcome: string;
}

export type DeliveryOutcome = "sent" | "retried" | "given up";

/** Told of what happens in the server, for whoever counts it. Names of users, pools and addresses are not told. */
export interface Metrics {
  answered(request: AnsweredRequest): void;
  signIn(step: SignInStep): void;
  delivered(channel: string, outcome: DeliveryOutcome): void;
  /** A request was refused: for a category of requests, or `SourceAddress`, `FailedSignIns`, `Client`, `User`, `UserPoolOperation`. */
  throttled(category: string): void;
  /** A commit of the embedded database made the writes of so many requests durable. */
  committed(units: number): void;
  /** The database had a transaction run again. */
  retried(reason: string): void;
}

export const noMetrics: Metrics = {
  answered() {},
  signIn() {},
  delivered() {},
  throttled() {},
  committed() {},
  retried() {},
};

/** What can be read at any time: a name and what it is now. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly value: () => number;
}
