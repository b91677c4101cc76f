import { statSync } from "node:fs";
import {
  awsConfigurationFiles,
  awsEnvironment,
  configuredEndpoint,
  ignoresConfiguredEndpoints,
} from "../../config/environment.ts";
import { failure } from "./faults.ts";

/** What a profile of the AWS configuration files says that a command needs. */
export interface Profile {
  readonly region: string | undefined;
  /** The form of output, from the environment or the file. */
  readonly configuredOutput: string | undefined;
  readonly caBundle: string | undefined;
  readonly timestampFormat: string | undefined;
  /** Of the services section that it names, else its own. */
  readonly endpointUrl: string | undefined;
}

const none = (): Profile => ({
  region: undefined,
  configuredOutput: awsEnvironment().output,
  caBundle: undefined,
  timestampFormat: undefined,
  endpointUrl: undefined,
});

/** Reading an empty file costs nothing, loading the reader does. */
const hasContent = (path: string): boolean => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;

/**
 * Reads the profile that is named, or the default one.
 * @param service the name of the service's section, in lower case with underscores
 * @throws CommandFault when the named profile is in neither file
 */
export async function readProfile(named: string | undefined, service: string): Promise<Profile> {
  const name = named ?? awsEnvironment().profile;
  const files = awsConfigurationFiles();
  if (!hasContent(files.config) && !hasContent(files.credentials)) {
    if (name !== undefined) throw failure(`The config profile (${name}) could not be found`);
    return none();
  }
  const { loadSharedConfigFiles } = await import("@smithy/core/config");
  const { configFile, credentialsFile } = await loadSharedConfigFiles({
    configFilepath: files.config,
    filepath: files.credentials,
  });
  const profile = configFile[name ?? "default"];
  if (!profile && !credentialsFile[name ?? "default"]) {
    if (name !== undefined) throw failure(`The config profile (${name}) could not be found`);
    return none();
  }
  const section = profile?.services ? configFile[`services.${profile.services}`] : undefined;
  const ignored = profile?.ignore_configured_endpoint_urls === "true";
  return {
    region: profile?.region,
    configuredOutput: awsEnvironment().output ?? profile?.output,
    caBundle: profile?.ca_bundle,
    timestampFormat: profile?.cli_timestamp_format,
    endpointUrl: ignored ? undefined : (section?.[`${service}.endpoint_url`] ?? profile?.endpoint_url),
  };
}

/** The address that is configured for a service: by a variable, else by the profile. */
export const endpointOf = (endpointName: string, profile: Profile): string | undefined =>
  ignoresConfiguredEndpoints() ? undefined : (configuredEndpoint(endpointName) ?? profile.endpointUrl);
