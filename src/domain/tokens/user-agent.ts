/** Programs by what their user agents say; the first that matches, since browsers also name those they descend from. */
const PROGRAMS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["Edge", /\bEdg(?:e|A|iOS)?\/(\d{1,4})/],
  ["Opera", /\bOPR\/(\d{1,4})/],
  ["Samsung Internet", /\bSamsungBrowser\/(\d{1,4})/],
  ["Firefox", /\b(?:Firefox|FxiOS)\/(\d{1,4})/],
  ["Chrome", /\b(?:Chrome|CriOS)\/(\d{1,4})/],
  ["Safari", /\bVersion\/(\d{1,4})[\d.]* (?:Mobile\/\S+ )?Safari\//],
  ["AWS CLI", /\baws-cli\/(\d{1,4}\.\d{1,6})/],
  ["AWS SDK for JavaScript", /\baws-sdk-js\/(\d{1,4}\.\d{1,6})/],
  ["Boto3", /\bBoto3\/(\d{1,4}\.\d{1,6})/],
  ["curl", /^curl\/(\d{1,4}\.\d{1,6})/],
];

const SYSTEMS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["iOS", /\b(?:iPhone|iPad)\b.*? OS (\d{1,4})[_.]/],
  ["Android", /\bAndroid (\d{1,4})/],
  ["Windows", /\bWindows NT (\d{1,4})/],
  ["Windows", /\bos\/windows#(\d{1,4})/i],
  ["macOS", /\bMac OS X (\d{1,4})[_.]/],
  ["macOS", /\bos\/(?:macos|darwin)#(\d{1,4})/i],
  ["Linux", /\b(?:Linux\b|os\/linux)/i],
];

function named(kinds: typeof PROGRAMS, userAgent: string): string | null {
  for (const [name, pattern] of kinds) {
    const match = pattern.exec(userAgent);
    if (match) return match[1] === undefined ? name : `${name} ${match[1]}`;
  }
  return null;
}

/** What user agents say first is enough, and bounds the work and the description. */
const READ = 512;

/** What ran where, as its user agent has it: `Chrome 125 / macOS 10`; `unknown` where it tells nothing that we know. */
export function describeUserAgent(userAgent: string | undefined): string {
  const read = userAgent?.slice(0, READ) ?? "";
  const told = [named(PROGRAMS, read), named(SYSTEMS, read)];
  return told.filter((part) => part !== null).join(" / ") || "unknown";
}
