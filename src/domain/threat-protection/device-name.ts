/** The browsers that a user agent can name, in the order that tells them apart: most of them claim to be others too. */
const BROWSERS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["Edge", /\bEdg(?:e|A|iOS)?\/(\d+)/],
  ["Opera", /\bOPR\/(\d+)/],
  ["Samsung Internet", /\bSamsungBrowser\/(\d+)/],
  ["Firefox", /\b(?:Firefox|FxiOS)\/(\d+)/],
  ["Chrome", /\b(?:Chrome|CriOS)\/(\d+)/],
  ["Safari", /\bVersion\/(\d+)[\d.]*(?: Mobile\/\S+)? Safari\//],
];

const SYSTEMS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["Windows", /\bWindows NT (\d+)/],
  ["Android", /\bAndroid (\d+)/],
  ["iOS", /\b(?:iPhone OS|CPU OS) (\d+)/],
  ["Mac OS X", /\bMac OS X (\d+)/],
  ["Chrome OS", /\bCrOS\b/],
  ["Linux", /\bLinux\b/],
];

function named(table: typeof BROWSERS, userAgent: string): string {
  for (const [name, pattern] of table) {
    const match = pattern.exec(userAgent);
    if (match) return match[1] ? `${name} ${match[1]}` : name;
  }
  return "Other";
}

/** `Chrome 126, Windows 10`, as events name devices; `Other, Other` where nothing is known. */
export const deviceName = (userAgent: string | undefined): string =>
  `${named(BROWSERS, userAgent ?? "")}, ${named(SYSTEMS, userAgent ?? "")}`;
