import { races } from "../support/races.ts";

// The long form is in test/long.
races(4);
