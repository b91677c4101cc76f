import { terminal } from "../../terminal/terminal.ts";
import type { Questions } from "./questions.ts";

/** A new password: a person types it twice. */
export async function newPassword(questions: Questions): Promise<string> {
  for (;;) {
    const password = await questions.ask({ name: "NEW_PASSWORD", text: "New password", secret: true });
    if (!questions.patient) return password;
    const again = await questions.ask({ name: "NEW_PASSWORD", text: "The same again", secret: true });
    if (password === again) return password;
    terminal.note("These were two different passwords.");
  }
}
