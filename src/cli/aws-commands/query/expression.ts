import type { Value } from "../value.ts";

/** What an expression finds in a value. */
export type Query = (value: Value) => Value;

/** An expression that a function gets as it is (`&Name`). */
export class Expression {
  readonly of: Query;

  constructor(of: Query) {
    this.of = of;
  }
}
