import type { PasswordPolicyType } from "../../../api/generated/shapes.ts";
import { generatePassword } from "../../../domain/user-pools/index.ts";
import { systemRandom } from "../../../runtime/random.ts";
import { UsageFault } from "../../connection/task.ts";
import { terminal } from "../../terminal/terminal.ts";

/** Where a password comes from: never from an argument, which others on the machine can see. */
export interface PasswordOptions {
  readonly passwordStdin?: boolean;
  readonly generate?: boolean;
  readonly prompt?: boolean;
}

/** Asks twice, since nobody sees what is typed. @throws UsageFault */
export async function askedPassword(question: string): Promise<string> {
  if (!terminal.interactive)
    throw new UsageFault("nobody can be asked here: give the password on standard input");
  const password = await terminal.askSecret(`${question}: `);
  if (password === "") throw new UsageFault("no password was given");
  if ((await terminal.askSecret("Again: ")) !== password) throw new UsageFault("the two passwords differ");
  return password;
}

/** @throws UsageFault when none is there */
export async function readPassword(): Promise<string> {
  const password = await terminal.readInput();
  if (password === "") throw new UsageFault("there is no password on standard input");
  return password;
}

/** A random password that the pool's policy allows. */
export const madePassword = (policy: PasswordPolicyType): string => generatePassword(policy, systemRandom);

/** The password as the options say; null without any. @throws UsageFault */
export async function givenPassword(
  { passwordStdin, generate, prompt }: PasswordOptions,
  policy: PasswordPolicyType,
): Promise<string | null> {
  if ([passwordStdin, generate, prompt].filter(Boolean).length > 1)
    throw new UsageFault("give one of --password-stdin, --generate and --prompt");
  if (passwordStdin) return readPassword();
  if (generate) return madePassword(policy);
  return prompt ? askedPassword("Password") : null;
}
