interface CategoryFacts {
  /** Requests per second that an account has without asking for more. */
  readonly byDefault: number;
  /** Whether an account may provision more. */
  readonly adjustable: boolean;
}

const adjustable = (byDefault: number): CategoryFacts => ({ byDefault, adjustable: true });
const fixed = (byDefault: number): CategoryFacts => ({ byDefault, adjustable: false });

/** The categories of requests with the default rates of Cognito's quotas, per account and region over all of its pools. */
export const REQUEST_CATEGORIES = {
  UserAuthentication: adjustable(120),
  UserCreation: adjustable(50),
  UserFederation: adjustable(25),
  UserAccountRecovery: fixed(30),
  UserRead: adjustable(120),
  UserUpdate: fixed(25),
  UserToken: adjustable(120),
  UserResourceRead: adjustable(50),
  UserResourceUpdate: fixed(25),
  UserList: fixed(30),
  UserPoolRead: fixed(15),
  UserPoolUpdate: fixed(15),
  UserPoolResourceRead: fixed(20),
  UserPoolResourceUpdate: fixed(15),
  UserPoolClientRead: fixed(15),
  UserPoolClientUpdate: fixed(15),
  ClientAuthentication: fixed(150),
} as const satisfies Readonly<Record<string, CategoryFacts>>;

export type RequestCategory = keyof typeof REQUEST_CATEGORIES;

export const isRequestCategory = (name: string): name is RequestCategory =>
  Object.hasOwn(REQUEST_CATEGORIES, name);
