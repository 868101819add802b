/** Whether a document is likely a NiFi flow, from its beginning alone. Pure. */

/** Roots and keys by which NiFi's own formats begin: templates, instance files, flow definitions, snapshots. */
const MARKS =
  /<template\b[^>]*>|<flowController\b|"(?:flowContents|rootGroup|snapshotMetadata|maxTimerDrivenThreadCount|encodingVersion)"\s*:/;

/** Whether a text begins as a NiFi document does. A hint for a button; the scan decides what is a flow. */
export function looksLikeFlow(prefix: string): boolean {
  return MARKS.test(prefix);
}
