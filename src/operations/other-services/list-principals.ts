import { invalidParameter } from "../../domain/errors.ts";
import { arnOf, listPrincipals as list, type PrincipalKey } from "../../domain/iam/index.ts";
import { pagePosition, pageToken } from "../../domain/paging/page-token.ts";
import { SECOND } from "../../runtime/clock.ts";
import type { ServiceOperation } from "./operation.ts";

const MOST = 100;

/** The users and roles of the caller's account, and the account itself if it has access keys, in the order they were made; no secrets. */
export const listPrincipals: ServiceOperation = {
  name: "ListPrincipals",
  service: "cognate",
  auditedAs: null,
  input: { MaxResults: { type: "integer" }, NextToken: { type: "string" } },
  async invoke({ MaxResults, NextToken }, { accountId, services }) {
    const limit = Number(MaxResults ?? MOST);
    if (limit < 1 || limit > MOST) throw invalidParameter(`MaxResults is a whole number from 1 to ${MOST}.`);
    const scope = ["ListPrincipals", accountId];
    const afterKey = pagePosition<PrincipalKey>(services, scope, NextToken as string | undefined);
    const { principals, lastKey } = await list(services, { accountId, afterKey, limit });
    return {
      Principals: principals.map(({ principal, accessKeys }) => ({
        PrincipalArn: arnOf(principal),
        CreateDate: principal.createdAt / SECOND,
        PolicyNames: principal.policies.map(({ name }) => name),
        ...(principal.kind === "role" ? { MaxSessionDuration: principal.maxSessionSeconds } : {}),
        AccessKeys: accessKeys.map(({ id, createdAt }) => ({
          AccessKeyId: id,
          CreateDate: createdAt / SECOND,
        })),
      })),
      ...(lastKey === null ? {} : { NextToken: pageToken(services, scope, lastKey) }),
    };
  },
};
