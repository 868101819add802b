/** Each mending action as a button: its text and the command behind it. Null: nothing can be offered (yet). */
import type { MendingAction } from '../flows/errors';
import { COMMANDS } from './contributions';
import type { CommandId } from './contributions';

export interface Remedy {
  /** Title Case, as VS Code's own buttons and menu entries. */
  readonly title: string;
  /** One of ours, or one that VS Code brings. */
  readonly command: CommandId | 'workbench.action.files.openFolder' | 'workbench.trust.manage';
  readonly icon: string;
}

const REMEDIES: Readonly<Record<MendingAction, Remedy | null>> = {
  signIn: { title: 'Sign In', command: COMMANDS.signIn, icon: 'account' },
  setUpWorkspace: { title: 'Set Up Workspace', command: COMMANDS.setUpWorkspace, icon: 'tools' },
  uploadAgent: { title: 'Upload Agent', command: COMMANDS.uploadAgent, icon: 'cloud-upload' },
  pickCompute: { title: 'Choose Compute', command: COMMANDS.pickCompute, icon: 'server-process' },
  populateFlows: { title: 'Populate Flows', command: COMMANDS.populateFlows, icon: 'search' },
  checkConnection: { title: 'Check Connection', command: COMMANDS.checkConnection, icon: 'plug' },
  choosePython: { title: 'Choose Python', command: COMMANDS.choosePython, icon: 'symbol-misc' },
  openFolder: { title: 'Open Folder', command: 'workbench.action.files.openFolder', icon: 'folder-opened' },
  openFlow: { title: 'Show Flow Source', command: COMMANDS.showFlowSource, icon: 'go-to-file' },
  openSettings: { title: 'Open Settings', command: COMMANDS.openSettings, icon: 'gear' },
  chooseWorkspace: { title: 'Choose Where Conversions Run', command: COMMANDS.chooseWorkspace, icon: 'server' },
  trustFolder: { title: 'Manage Trust', command: 'workbench.trust.manage', icon: 'shield' },
  showLog: { title: 'Show Log', command: COMMANDS.showLog, icon: 'output' },
  viewHistory: { title: 'View All Attempts', command: COMMANDS.viewAllAttempts, icon: 'history' },
  tryAgain: null,
};

/** The button for an action. `tryAgain` has none here: who caught the error knows what to do again. */
export function remedyFor(action: MendingAction | undefined): Remedy | null {
  return action === undefined ? null : REMEDIES[action];
}
