import { characters } from "../value.ts";

/** An expression, or its use, that is wrong; the message is the AWS CLI's. */
export class QueryFault extends Error {}

const pointer = (at: number): string => `${" ".repeat(at)}^`;

export const lexerFault = (expression: string, at: number, message: string): QueryFault =>
  new QueryFault(`Bad jmespath expression: ${message}:\n${expression}\n${pointer(at)}`);

export const parseFault = (
  expression: string,
  token: { readonly type: string; readonly text: string; readonly start: number },
  message: string,
): QueryFault =>
  new QueryFault(
    `${message}: Parse error at column ${token.start}, token "${token.text}" (${token.type.toUpperCase()}), for expression:\n"${expression}"\n${pointer(token.start + 1)}`,
  );

export const incomplete = (expression: string): QueryFault =>
  new QueryFault(
    `Invalid jmespath expression: Incomplete expression:\n"${expression}"\n${pointer(characters(expression) + 1)}`,
  );
