import { AcceleratorError } from '../../../flows/errors';

/** A workspace address that passed the checks: `https://<name>[:port]`, lower case, no path, query or trailing slash. */
export type Host = string & { readonly __brand: 'Host' };

/**
 * Cleans an address as people paste it (scheme missing, path and `?o=` behind it) and refuses what is not https: a
 * token would travel in clear text.
 * @throws AcceleratorError `badSetting`
 */
export function parseHost(text: string): Host {
  const trimmed = text.trim();
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  let url: URL;
  try {
    url = new URL(withScheme);
  } catch (cause) {
    throw new AcceleratorError('badSetting', `"${trimmed}" is not the address of a Databricks workspace.`, {
      mend: 'openSettings',
      cause,
    });
  }
  if (url.protocol !== 'https:') {
    throw new AcceleratorError('badSetting', `The workspace address must begin with https://, not ${url.protocol}//.`, {
      mend: 'openSettings',
    });
  }
  if (url.username !== '' || url.password !== '' || url.hostname === '') {
    throw new AcceleratorError('badSetting', 'The workspace address must name a host and hold no user or password.', {
      mend: 'openSettings',
    });
  }
  return url.origin.toLowerCase() as Host;
}

/** The host's name without scheme: for display and for the SQL driver. */
export function hostName(host: Host): string {
  return new URL(host).hostname;
}
