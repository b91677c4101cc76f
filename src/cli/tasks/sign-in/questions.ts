import { createInterface, type Interface } from "node:readline";
import { UsageFault } from "../../connection/task.ts";
import { terminal } from "../../terminal/terminal.ts";

/** Something that a sign-in needs to know. */
export interface Question {
  /** As the API calls it: PASSWORD, EMAIL_OTP_CODE … */
  readonly name: string;
  readonly text: string;
  /** Not shown while it is typed. */
  readonly secret?: boolean;
}

/** One of several ways to go on. */
export interface Choice {
  /** As the API calls it. */
  readonly name: string;
  readonly text: string;
}

/** How many lines of standard input each of these options takes, in this order. */
export interface PipedAnswers {
  readonly clientSecretStdin?: boolean | undefined;
  readonly passwordStdin?: boolean | undefined;
  readonly answersStdin?: boolean | undefined;
}

/** Asks a person at a terminal, or takes lines from standard input, each once and in the order in which they are asked for. */
export class Questions {
  readonly #piped: PipedAnswers;
  #input: Interface | null = null;
  #lines: AsyncIterator<string> | null = null;

  constructor(piped: PipedAnswers) {
    this.#piped = piped;
  }

  /** Somebody is there who can try again. */
  get patient(): boolean {
    return terminal.interactive && this.#piped.answersStdin !== true;
  }

  /** The client's secret, if it comes on standard input. */
  async clientSecret(): Promise<string | null> {
    return this.#piped.clientSecretStdin ? await this.#line("the client's secret") : null;
  }

  async password(question: Question): Promise<string> {
    return this.#piped.passwordStdin ? await this.#line("the password") : await this.ask(question);
  }

  /** @throws UsageFault when nobody can be asked and no line is left */
  async ask({ name, text, secret = false }: Question): Promise<string> {
    if (this.#piped.answersStdin) return await this.#line(name);
    if (!terminal.interactive)
      throw new UsageFault(
        `${name} is needed and nobody can be asked here: give the answers with --answers-stdin, a line each`,
      );
    return secret ? await terminal.askSecret(`${text}: `) : await terminal.ask(`${text}: `);
  }

  /** @returns the name of a choice @throws UsageFault as ask does, and for a line that is none of them */
  async choose(question: Question, choices: readonly Choice[]): Promise<string> {
    const [only] = choices;
    if (only && choices.length === 1) return only.name;
    if (this.patient)
      for (const [index, { text }] of choices.entries()) terminal.note(`  ${index + 1}  ${text}`);
    for (;;) {
      const answer = (await this.ask(question)).trim();
      const chosen = choices.find(
        ({ name }, index) => name.toLowerCase() === answer.toLowerCase() || String(index + 1) === answer,
      );
      if (chosen) return chosen.name;
      const names = choices.map(({ name }) => name).join(", ");
      if (!this.patient) throw new UsageFault(`${question.name} is none of ${names}`);
      terminal.note(`Give a number from 1 to ${choices.length}.`);
    }
  }

  /** Lets go of standard input, so that the process can end while it is open. */
  close(): void {
    this.#input?.close();
    if (this.#input) process.stdin.destroy();
  }

  async #line(name: string): Promise<string> {
    this.#input ??= createInterface({ input: process.stdin });
    this.#lines ??= this.#input[Symbol.asyncIterator]();
    const { done, value } = await this.#lines.next();
    if (done) throw new UsageFault(`${name} is needed and standard input has no line left`);
    return value;
  }
}
