/**
 * Everything that the manifest and the code must agree on, once. `npm run check` compares this list with package.json in
 * both directions, so an id is never written as a text anywhere else.
 */

/** Commands by what they do. Titles, icons and menus are the manifest's. */
export const COMMANDS = {
  startConversion: 'nifiAccelerator.startConversion',
  startSelected: 'nifiAccelerator.startSelected',
  cancelConversion: 'nifiAccelerator.cancelConversion',
  retryConversion: 'nifiAccelerator.retryConversion',
  viewAllAttempts: 'nifiAccelerator.viewAllAttempts',
  openNotebook: 'nifiAccelerator.openNotebook',
  openRunLog: 'nifiAccelerator.openRunLog',
  showFlowSource: 'nifiAccelerator.showFlowSource',
  refreshFlows: 'nifiAccelerator.refreshFlows',
  filterFlows: 'nifiAccelerator.filterFlows',
  clearFilter: 'nifiAccelerator.clearFilter',
  groupFlows: 'nifiAccelerator.groupFlows',
  setOwner: 'nifiAccelerator.setOwner',
  setPriority: 'nifiAccelerator.setPriority',
  populateFlows: 'nifiAccelerator.populateFlows',
  cleanUpJobs: 'nifiAccelerator.cleanUpJobs',
  exportHistory: 'nifiAccelerator.exportHistory',
  compareAttempts: 'nifiAccelerator.compareAttempts',
  showFailures: 'nifiAccelerator.showFailures',
  assessEstate: 'nifiAccelerator.assessEstate',
  copyLink: 'nifiAccelerator.copyLink',
  openFlow: 'nifiAccelerator.openFlow',
  explainProcessor: 'nifiAccelerator.explainProcessor',
  openGeneratedCell: 'nifiAccelerator.openGeneratedCell',
  showProcessor: 'nifiAccelerator.showProcessor',
  copyTask: 'nifiAccelerator.copyTask',
  chooseWorkspace: 'nifiAccelerator.chooseWorkspace',
  signIn: 'nifiAccelerator.signIn',
  signOut: 'nifiAccelerator.signOut',
  setUpWorkspace: 'nifiAccelerator.setUpWorkspace',
  uploadAgent: 'nifiAccelerator.uploadAgent',
  pickCompute: 'nifiAccelerator.pickCompute',
  migrateFlows: 'nifiAccelerator.migrateFlows',
  registerFlows: 'nifiAccelerator.registerFlows',
  openRun: 'nifiAccelerator.openRun',
  checkConnection: 'nifiAccelerator.checkConnection',
  choosePython: 'nifiAccelerator.choosePython',
  showActiveRuns: 'nifiAccelerator.showActiveRuns',
  showLog: 'nifiAccelerator.showLog',
  openSettings: 'nifiAccelerator.openSettings',
  showMore: 'nifiAccelerator.showMore',
} as const;
export type CommandName = keyof typeof COMMANDS;
export type CommandId = (typeof COMMANDS)[CommandName];

export const VIEW_CONTAINERS = { main: 'nifiAccelerator' } as const;

/** Types of webview panels. */
export const WEBVIEWS = {
  history: 'nifiAccelerator.history',
  compare: 'nifiAccelerator.compare',
  failures: 'nifiAccelerator.failures',
  assessment: 'nifiAccelerator.assessment',
} as const;
export type WebviewId = (typeof WEBVIEWS)[keyof typeof WEBVIEWS];

/** What chat agents may call; names and schemas are the manifest's. */
export const TOOLS = {
  listFlows: 'nifi-accelerator_list_flows',
  getHistory: 'nifi-accelerator_get_history',
  assessFlow: 'nifi-accelerator_assess_flow',
  explainProcessor: 'nifi-accelerator_explain_processor',
  startConversion: 'nifi-accelerator_start_conversion',
} as const;
export type ToolName = keyof typeof TOOLS;

/** Schemes of documents that we make: a flow over many lines, and an explanation. */
export const SCHEMES = { openFlow: 'nifi-flow', explanation: 'nifi-explanation' } as const;

export const VIEWS = { flows: 'nifiAccelerator.flows' } as const;

/**
 * Context keys that the manifest's `when` clauses read. None of them may change with the tree's selection: VS Code draws
 * the tree again when a key of its item menus changes, and a selection of several rows is lost by that.
 */
export const CONTEXT_KEYS = {
  /** One of `FLOWS_VIEW_STATES`: which welcome content fits. */
  state: 'nifiAccelerator.state',
  /** A filter is on. */
  filtered: 'nifiAccelerator.filtered',
  /** The active editor shows a NiFi document. */
  editorHasFlow: 'nifiAccelerator.editorHasFlow',
} as const;
export type ContextKey = (typeof CONTEXT_KEYS)[keyof typeof CONTEXT_KEYS];

/** What the flows view shows when it has no rows. */
export const FLOWS_VIEW_STATES = ['loading', 'noFolder', 'noFlows', 'failed', 'ready'] as const;
export type FlowsViewState = (typeof FLOWS_VIEW_STATES)[number];

export const SETTINGS_SECTION = 'nifiAccelerator';

/** Settings below `SETTINGS_SECTION`. Defaults are the manifest's alone; `settings.ts` gives each its type. */
export const SETTINGS = [
  'runsOn',
  'host',
  'profile',
  'warehouseHttpPath',
  'catalog',
  'schema',
  'flowsTable',
  'historyTable',
  'volumePath',
  'outputPath',
  'agentNotebookPath',
  'localAgentPath',
  'compute',
  'cluster',
  'jobPermissions',
  'emailOwner',
  'bulkParallelism',
  'localMaxRuns',
  'keepLatestJobs',
  'notifications',
  'diagnosticSeverity',
  'pythonPath',
] as const;
export type SettingName = (typeof SETTINGS)[number];

/** Parts of a row's `contextValue`; the manifest's `viewItem` clauses match them as whole words. */
export const ROW_TRAITS = [
  'group',
  'flow',
  'attempt',
  'startable',
  'retryable',
  'active',
  'hasHistory',
  'hasNotebooks',
  'hasSource',
  'hasLog',
] as const;
export type RowTrait = (typeof ROW_TRAITS)[number];

/** A `contextValue`, built and never written: `flow startable hasHistory`. */
export function contextValue(traits: readonly RowTrait[]): string {
  return traits.join(' ');
}

export const STATUS_BAR_ITEM = 'nifiAccelerator.runs';
export const WALKTHROUGH = 'nifiAccelerator.gettingStarted';
