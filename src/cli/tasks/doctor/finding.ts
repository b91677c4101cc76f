/** What one check found. */
export interface Finding {
  readonly check: "endpoint" | "database" | "clock" | "credentials" | "region" | "pool" | "permissions";
  readonly result: "ok" | "warn" | "fail";
  readonly message: string;
  /** What to do about it. */
  readonly advice?: string;
}

type Found = (check: Finding["check"], message: string, advice?: string) => Finding;

const found =
  (result: Finding["result"]): Found =>
  (check, message, advice) => ({ check, result, message, ...(advice === undefined ? {} : { advice }) });

export const ok = found("ok");
export const warn = found("warn");
export const fail = found("fail");
