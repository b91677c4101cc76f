export { administratorCreatesUser } from "./administrator-creates-user.ts";
export {
  administratorUpdatesAttributes,
  deleteAttributes,
  sendAttributeCode,
  userUpdatesAttributes,
  verifyAttribute,
} from "./attribute-changes.ts";
export { setMfaPreference } from "./mfa-preference.ts";
export { administratorSetsPassword, changePassword } from "./password-change.ts";
export {
  administratorResetsPassword,
  confirmForgotPassword,
  forgotPassword,
  forgottenPasswordDestination,
} from "./password-recovery.ts";
export {
  disableProvider,
  type FindLinkableProvider,
  type LinkServices,
  linkProvider,
} from "./provider-links.ts";
export { recoveryDestination } from "./recovery-destination.ts";
export { administratorConfirmsSignUp, confirmSignUp, resendConfirmationCode, signUp } from "./sign-up.ts";
export { setMfaOptions } from "./sms-mfa-option.ts";
export { deleteUser, setEnabled, signOutEverywhere } from "./standing.ts";
export { addressInUsername } from "./username-form.ts";
