export type { Group } from "./group.ts";
export type { Groups } from "./ports.ts";
