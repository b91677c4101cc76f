import type { Refresh, SignInFlow } from "./cells.ts";
import type { Person } from "./person.ts";

export interface SignedIn {
  /** The challenges that the client put before the user, in their order. */
  readonly asked: readonly string[];
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** One client with its memory: a browser, or a program. */
export interface ClientSession {
  /** Signs in, as a stranger or with the device it has, and answers whatever is asked. */
  signIn(flow: SignInFlow): Promise<SignedIn>;
  /** Renews the tokens of the last sign-in or refresh. */
  refresh(by: Refresh): Promise<Omit<SignedIn, "asked">>;
}

export type OpenSession = (person: Person) => ClientSession;
