import { Argument, type Command } from "commander";

/** `cognate completion <shell>`, and what the shells then ask at each press of the tab key. */
export function addCompletion(program: Command): void {
  program
    .command("completion")
    .description("the script by which a shell completes command lines: source <(cognate completion bash)")
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"]))
    .action(async (shell: string) => {
      const { SCRIPTS } = await import("./scripts.ts");
      process.stdout.write(SCRIPTS[shell] ?? "");
    });
  program
    .command("complete-words", { hidden: true })
    .argument("[words...]")
    .allowUnknownOption()
    .action(async (line: string[]) => {
      const [{ candidates }, { poolWords }, { FILES }] = await Promise.all([
        import("./candidates.ts"),
        import("./pool-words.ts"),
        import("./scripts.ts"),
      ]);
      const found = await candidates(program, line, poolWords);
      const lines =
        found === "files"
          ? [FILES]
          : found.map(({ word, description }) => (description ? `${word}\t${description}` : word));
      process.stdout.write(lines.map((text) => `${text}\n`).join(""));
      // A server that does not answer in time is not waited for.
      process.exit(0);
    });
}
