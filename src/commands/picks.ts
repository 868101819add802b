/** Pick lists of flows, for commands that were called on nothing. */
import { l10n, ThemeIcon, window } from 'vscode';
import type { QuickPickItem } from 'vscode';
import { AcceleratorError } from '../flows/errors';
import type { FlowView } from '../flows/flowsModel';
import type { Session } from '../platform/session';
import { flowLook, flowTitle, formatCount } from '../views/format';
import { displayOf } from '../views/flowsTree/projection';

interface FlowItem extends QuickPickItem {
  readonly flow: FlowView;
}

function itemOf(flow: FlowView): FlowItem {
  const look = flowLook(displayOf(flow));
  const attempts = flow.totalAttempts === 0 ? l10n.t('no attempts') : formatCount(flow.totalAttempts, 'attempt');
  return {
    flow,
    label: flowTitle(flow),
    iconPath: new ThemeIcon(look.icon),
    description: [look.label.toLowerCase(), attempts].join(', '),
    detail: flow.server === '' ? flow.nifiXmlPath : `${flow.server}: ${flow.nifiXmlPath}`,
  };
}

async function candidates(
  session: Session,
  fits: (flow: FlowView) => boolean,
  none: string,
): Promise<readonly FlowItem[]> {
  if (session.model.flows().length === 0) {
    // Right after a window opened for the first time, the first look for flows is still under way.
    await session.warmedUp;
  }
  const flows = session.model.flows();
  if (flows.length === 0) {
    throw new AcceleratorError('flowNotRegistered', l10n.t('No flows are known here yet.'), { mend: 'populateFlows' });
  }
  const fitting = flows.filter(fits);
  if (fitting.length === 0) {
    throw new AcceleratorError('notFound', none);
  }
  return fitting
    .map(itemOf)
    .sort((a, b) => a.label.localeCompare(b.label, undefined, { numeric: true, sensitivity: 'base' }));
}

/** Asks for one flow. Throws `cancelled` where none is picked, `notFound` (saying `none`) where none fits. */
export async function pickFlow(
  session: Session,
  title: string,
  fits: (flow: FlowView) => boolean,
  none: string,
): Promise<FlowView> {
  const picked = await window.showQuickPick(await candidates(session, fits, none), {
    title,
    placeHolder: l10n.t('Choose a flow'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked === undefined) {
    throw new AcceleratorError('cancelled', 'No flow was picked.');
  }
  return picked.flow;
}

/** Asks for some flows. Throws as `pickFlow` does. */
export async function pickFlows(
  session: Session,
  title: string,
  fits: (flow: FlowView) => boolean,
  none: string,
): Promise<readonly FlowView[]> {
  const picked = await window.showQuickPick(await candidates(session, fits, none), {
    title,
    placeHolder: l10n.t('Choose the flows'),
    canPickMany: true,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked === undefined || picked.length === 0) {
    throw new AcceleratorError('cancelled', 'No flow was picked.');
  }
  return picked.map(({ flow }) => flow);
}

/** A flow by its id. Throws `flowNotRegistered` where there is none. */
export function flowById(session: Session, flowId: string): FlowView {
  const flow = session.model.flow(flowId);
  if (flow === null) {
    throw new AcceleratorError('flowNotRegistered', l10n.t('The flow {0} is not known here.', flowId), {
      mend: 'populateFlows',
    });
  }
  return flow;
}
