/** What an agent's process sees of this computer's environment: nothing that it could sign in with or be steered by. */

/** Whole families: Databricks and Azure sign-in, other clouds' and SSH's; Python's own switches, VS Code's and Node's. */
const FAMILIES = /^(DATABRICKS|AZURE|ARM|AWS|GOOGLE|GCP|VSCODE|ELECTRON|NODE|SSH)_|^PYTHON/i;
/** Names that say what they hold. */
const SECRETS = /TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CONNECTION_?STRING/i;

/** A copy of `environment` without credentials and without what changes how Python starts. */
export function agentEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !FAMILIES.test(name) && !SECRETS.test(name)),
  );
}
