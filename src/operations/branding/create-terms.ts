import { checkLinks, type Terms } from "../../domain/branding/index.ts";
import { requireClientOf } from "../../domain/clients/index.ts";
import { resourceLimitExceeded, termsExist } from "../../domain/errors.ts";
import type { OperationHandler } from "../operation.ts";
import { termsType } from "../wire/branding-type.ts";
import { changeAppearance } from "./appearance-change.ts";

const TERMS_PER_POOL = 40;

export const createTerms: OperationHandler<"CreateTerms"> = async (input, context) => {
  const { clock, identifiers } = context.services;
  const { Links: links } = input;
  checkLinks(links);
  return changeAppearance(context, input.UserPoolId, async ({ terms, clients }, pool) => {
    const client = await requireClientOf({ clients }, pool, input.ClientId);
    if (await terms.ofClient(client.key, input.TermsName)) throw termsExist(input.TermsName, client.id);
    if ((await terms.count(pool.key)) >= TERMS_PER_POOL) throw resourceLimitExceeded("terms");
    const now = clock.now();
    const made: Terms = {
      poolKey: pool.key,
      id: identifiers.uuid(),
      clientKey: client.key,
      clientId: client.id,
      name: input.TermsName,
      source: input.TermsSource,
      enforcement: input.Enforcement,
      links,
      createdAt: now,
      modifiedAt: now,
    };
    if (!(await terms.insert(made))) throw termsExist(input.TermsName, client.id);
    return { Terms: termsType(pool, made) };
  });
};
