import { GLOBAL_OPTIONS } from "../aws-commands/global-options.ts";
import { operationOptions } from "../aws-commands/operation-options.ts";
import type { Option } from "../aws-commands/option-parser.ts";
import { SERVICES } from "../aws-commands/services.ts";

export const isService = (word: string | undefined): word is string =>
  word !== undefined && Object.hasOwn(SERVICES, word);

/** The operations of a service as words. */
export const operationWords = async (service: string): Promise<readonly string[]> => [
  ...((await SERVICES[service]?.())?.operations.keys() ?? []),
];

/** The options of an operation, its own first; none for what is no operation. */
export async function optionsOf(service: string, word: string): Promise<readonly Option[]> {
  const model = await SERVICES[service]?.();
  const operation = model?.operations.get(word);
  return model && operation
    ? [...operationOptions(model.shapes("input"), operation, []), ...GLOBAL_OPTIONS]
    : [];
}
