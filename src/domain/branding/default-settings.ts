/*
 * The settings of managed login pages where a client's style says nothing else, with the members that Cognito's have. Colours are
 * eight hexadecimal digits: red, green, blue, opacity. Sizes are pixels.
 */

const INK = "0b1220ff";
const TEXT = "3b4657ff";
const MUTED = "5c6778ff";
const LINE = "c9d0daff";
const PAPER = "ffffffff";
const MIST = "f5f7faff";
const ACCENT = "1f5fbfff";
const ACCENT_DEEP = "163f80ff";
const ACCENT_PALE = "e6effbff";

const NIGHT = "111927ff";
const DUSK = "1b2638ff";
const NIGHT_LINE = "435066ff";
const NIGHT_TEXT = "c3ccd9ff";
const NIGHT_MUTED = "93a0b3ff";
const NIGHT_ACCENT = "7db1f5ff";
const NIGHT_ACCENT_PALE = "a9ccfaff";

const both = <T>(lightMode: T, darkMode: T) => ({ lightMode, darkMode });
const button = (backgroundColor: string, borderColor: string, textColor: string) => ({
  backgroundColor,
  borderColor,
  textColor,
});
const filled = (backgroundColor: string, textColor: string) => ({ backgroundColor, textColor });
const outlined = both(
  {
    defaults: button(PAPER, ACCENT, ACCENT),
    hover: button(ACCENT_PALE, ACCENT_DEEP, ACCENT_DEEP),
    active: button(LINE, ACCENT_DEEP, ACCENT_DEEP),
  },
  {
    defaults: button(NIGHT, NIGHT_ACCENT, NIGHT_ACCENT),
    hover: button(DUSK, NIGHT_ACCENT_PALE, NIGHT_ACCENT_PALE),
    active: button(NIGHT_LINE, NIGHT_ACCENT_PALE, NIGHT_ACCENT_PALE),
  },
);
const state = (backgroundColor: string, strong: string) => ({
  backgroundColor,
  borderColor: strong,
  indicatorColor: strong,
});
const ERROR = { light: ["fdf0f0ff", "b3261eff"], dark: ["2a0f0fff", "f08a84ff"] } as const;
const bar = {
  ...both(
    { background: { color: MIST }, borderColor: LINE },
    { background: { color: NIGHT }, borderColor: NIGHT_LINE },
  ),
  backgroundImage: { enabled: false },
  logo: { enabled: false, location: "START" },
};

export const DEFAULT_SETTINGS = {
  categories: {
    auth: {
      authMethodOrder: [
        [
          { display: "BUTTON", type: "FEDERATED" },
          { display: "INPUT", type: "USERNAME_PASSWORD" },
        ],
      ],
      federation: { interfaceStyle: "BUTTON_LIST", order: [] },
    },
    form: {
      displayGraphics: true,
      instructions: { enabled: false },
      languageSelector: { enabled: false },
      location: { horizontal: "CENTER", vertical: "CENTER" },
      sessionTimerDisplay: "NONE",
    },
    global: {
      colorSchemeMode: "LIGHT",
      pageFooter: { enabled: false },
      pageHeader: { enabled: false },
      spacingDensity: "REGULAR",
    },
    signUp: { acceptanceElements: [{ enforcement: "NONE", textKey: "en" }] },
  },
  componentClasses: {
    buttons: { borderRadius: 8 },
    divider: both({ borderColor: LINE }, { borderColor: NIGHT_LINE }),
    dropDown: {
      borderRadius: 8,
      ...both(
        {
          defaults: { itemBackgroundColor: PAPER },
          hover: { itemBackgroundColor: MIST, itemBorderColor: MUTED, itemTextColor: INK },
          match: { itemBackgroundColor: TEXT, itemTextColor: ACCENT },
        },
        {
          defaults: { itemBackgroundColor: DUSK },
          hover: { itemBackgroundColor: NIGHT, itemBorderColor: NIGHT_MUTED, itemTextColor: NIGHT_TEXT },
          match: { itemBackgroundColor: NIGHT_TEXT, itemTextColor: NIGHT_ACCENT },
        },
      ),
    },
    focusState: both({ borderColor: ACCENT }, { borderColor: NIGHT_ACCENT }),
    idpButtons: { icons: { enabled: true } },
    input: {
      borderRadius: 8,
      ...both(
        { defaults: { backgroundColor: PAPER, borderColor: MUTED }, placeholderColor: MUTED },
        { defaults: { backgroundColor: NIGHT, borderColor: NIGHT_MUTED }, placeholderColor: NIGHT_MUTED },
      ),
    },
    inputDescription: both({ textColor: MUTED }, { textColor: NIGHT_MUTED }),
    inputLabel: both({ textColor: INK }, { textColor: NIGHT_TEXT }),
    link: both(
      { defaults: { textColor: ACCENT }, hover: { textColor: ACCENT_DEEP } },
      { defaults: { textColor: NIGHT_ACCENT }, hover: { textColor: NIGHT_ACCENT_PALE } },
    ),
    optionControls: both(
      {
        defaults: { backgroundColor: PAPER, borderColor: MUTED },
        selected: { backgroundColor: ACCENT, foregroundColor: PAPER },
      },
      {
        defaults: { backgroundColor: NIGHT, borderColor: NIGHT_MUTED },
        selected: { backgroundColor: NIGHT_ACCENT, foregroundColor: INK },
      },
    ),
    statusIndicator: both(
      {
        error: state(...ERROR.light),
        pending: { indicatorColor: MUTED },
        success: state("eef8efff", "1e7a2cff"),
        warning: state("fdf8e6ff", "8a6100ff"),
      },
      {
        error: state(...ERROR.dark),
        pending: { indicatorColor: NIGHT_MUTED },
        success: state("0c2410ff", "6cc77bff"),
        warning: state("262008ff", "e3c45aff"),
      },
    ),
  },
  components: {
    alert: {
      borderRadius: 12,
      ...both(
        { error: { backgroundColor: ERROR.light[0], borderColor: ERROR.light[1] } },
        { error: { backgroundColor: ERROR.dark[0], borderColor: ERROR.dark[1] } },
      ),
    },
    favicon: { enabledTypes: ["ICO", "SVG"] },
    form: {
      backgroundImage: { enabled: false },
      borderRadius: 8,
      ...both(
        { backgroundColor: PAPER, borderColor: LINE },
        { backgroundColor: NIGHT, borderColor: NIGHT_LINE },
      ),
      logo: { enabled: false, formInclusion: "IN", location: "CENTER", position: "TOP" },
    },
    idpButton: { custom: {}, standard: outlined },
    pageBackground: { image: { enabled: false }, ...both({ color: MIST }, { color: NIGHT }) },
    pageFooter: bar,
    pageHeader: bar,
    pageText: both(
      { bodyColor: TEXT, descriptionColor: TEXT, headingColor: INK },
      { bodyColor: NIGHT_TEXT, descriptionColor: NIGHT_TEXT, headingColor: NIGHT_TEXT },
    ),
    phoneNumberSelector: { displayType: "TEXT" },
    primaryButton: both(
      {
        defaults: filled(ACCENT, PAPER),
        hover: filled(ACCENT_DEEP, PAPER),
        active: filled(ACCENT_DEEP, PAPER),
        disabled: { backgroundColor: LINE, borderColor: LINE },
      },
      {
        defaults: filled(NIGHT_ACCENT, INK),
        hover: filled(NIGHT_ACCENT_PALE, INK),
        active: filled(NIGHT_ACCENT_PALE, INK),
        disabled: { backgroundColor: NIGHT_LINE, borderColor: NIGHT_LINE },
      },
    ),
    secondaryButton: outlined,
  },
};
