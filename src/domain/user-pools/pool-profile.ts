/**
 * How a pool weighs the standard's demands against Cognito's own behaviour where clients can see the difference. `standard`: as
 * Cognito. `hardened`: codes live ten minutes at most, and a hundred failures in a row stop a user's proofs until the password is
 * set anew (NIST SP 800-63B).
 */
export type PoolProfile = "standard" | "hardened";
