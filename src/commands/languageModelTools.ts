/**
 * What chat agents in VS Code may call. Looking is free; a start is confirmed by the person, with the flow's name. Input
 * comes from a model: it is parsed, and whatever is wrong is answered in words that the model can act on.
 */
import { l10n, LanguageModelTextPart, LanguageModelToolResult } from 'vscode';
import type { CancellationToken, LanguageModelTool, PreparedToolInvocation } from 'vscode';
import * as z from 'zod/mini';
import type { AcceleratorApi } from '../api';
import { AcceleratorError } from '../flows/errors';
import type { Disposable } from '../flows/event';
import type { FlowView } from '../flows/flowsModel';
import { runConverter } from '../nifi/converter/runConverter';
import type { ToolName } from '../platform/contributions';
import type { Log } from '../platform/log';
import type { Session, Sessions } from '../platform/session';
import { flowDisplay, flowLook, flowTitle, truncateError } from '../views/format';
import { assessFlowsOf } from './assessCommands';
import type { ConverterFinder } from './services';

export interface ToolServices {
  readonly sessions: Sessions;
  readonly api: AcceleratorApi;
  readonly converter: ConverterFinder;
  readonly log: Log;
}

/** Flows in one answer: a model's context is not the place for an estate. */
const FLOWS_ANSWERED = 200;
const HISTORY_ANSWERED = 10;
const ERROR_ANSWERED = 2_000;

const listInput = z.object({
  query: z._default(z.string(), ''),
  status: z.optional(z.enum(['not_started', 'converting', 'done', 'needs_attention'])),
});
const flowInput = z.object({ flow: z.string().check(z.minLength(1)) });
const historyInput = z.object({
  flow: z.string().check(z.minLength(1)),
  limit: z._default(z.int().check(z.gte(1), z.lte(50)), HISTORY_ANSWERED),
});
const explainInput = z.object({ type: z.string().check(z.regex(/^[\w.$]{1,200}$/)) });

export type Tools = Readonly<Record<ToolName, LanguageModelTool<unknown>>>;

export function createTools(services: ToolServices): Tools {
  const { sessions, api, converter, log } = services;
  const listFlows = toolOf(listInput, async ({ query, status }) => {
    const { model } = await opened(sessions);
    const wanted = query.trim().toLowerCase();
    const flows = model
      .flows()
      .filter((flow) => status === undefined || flow.status.toLowerCase() === status)
      .filter((flow) => wanted === '' || searchText(flow).includes(wanted));
    return { count: flows.length, flows: flows.slice(0, FLOWS_ANSWERED).map(flowFacts) };
  });

  const getHistory = toolOf(historyInput, async ({ flow, limit }) => {
    const { flowId } = flowNamed(await opened(sessions), flow);
    const answer = await api.getHistory(flowId, { limit });
    if (!answer.success) {
      return answer;
    }
    const history = answer.history.map((row) => ({
      ...row,
      error_message: row.error_message?.slice(0, ERROR_ANSWERED) ?? null,
    }));
    return { ...answer, history };
  });

  const assessFlow = toolOf(flowInput, async ({ flow }, signal) => {
    const session = await opened(sessions);
    const { flows } = await assessFlowsOf(session, [flowNamed(session, flow).flowId], converter, log, signal);
    return { flows: flows.map(({ canonical_hash: _hash, ...facts }) => facts) };
  });

  const explainProcessor = toolOf(explainInput, async ({ type }, signal) => {
    const answer: unknown = JSON.parse(
      await runConverter(await converter(signal), ['explain', '--json', type], '', signal),
    );
    return answer;
  });

  const start = toolOf(flowInput, async ({ flow }) => {
    const session = await opened(sessions);
    return api.startConversion(flowNamed(session, flow).flowId);
  });
  const startConversion: LanguageModelTool<unknown> = {
    invoke: (options, token) => start.invoke(options, token),
    prepareInvocation: async ({ input }) => confirmation(await opened(sessions), input),
  };

  return { listFlows, getHistory, assessFlow, explainProcessor, startConversion };
}

/** What the person is asked before a start. A flow that is not known is said by the call itself. */
export function confirmation(session: Session, input: unknown): PreparedToolInvocation {
  const parsed = z.safeParse(flowInput, input);
  const found = parsed.success ? findFlows(session, parsed.data.flow) : [];
  const [flow] = found;
  const name = flow === undefined || found.length > 1 ? l10n.t('a flow') : flowTitle(flow);
  const place = session.workspace.kind === 'local' ? l10n.t('this computer') : 'Databricks';
  return {
    invocationMessage: l10n.t('Starting the conversion of {0}', name),
    confirmationMessages: {
      title: l10n.t('Start conversion'),
      message: l10n.t('Convert {0} on {1}? It is a new attempt; earlier ones stay.', name, place),
    },
  };
}

function toolOf<Input>(
  schema: z.ZodMiniType<Input>,
  answer: (input: Input, signal: AbortSignal) => Promise<unknown>,
): LanguageModelTool<unknown> {
  return {
    invoke: async ({ input }, token) => {
      const parsed = z.safeParse(schema, input ?? {});
      if (!parsed.success) {
        return resultOf({ success: false, error: { message: z.prettifyError(parsed.error) } });
      }
      const abort = abortWith(token);
      try {
        return resultOf(await answer(parsed.data, abort.signal));
      } catch (error) {
        if (!AcceleratorError.is(error)) {
          throw error;
        }
        return resultOf({ success: false, error: { reason: error.reason, message: error.message } });
      } finally {
        abort.dispose();
      }
    },
  };
}

function abortWith(token: CancellationToken): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const subscription = token.onCancellationRequested(() => controller.abort());
  return { signal: controller.signal, dispose: () => void subscription.dispose() };
}

function resultOf(value: unknown): LanguageModelToolResult {
  return new LanguageModelToolResult([new LanguageModelTextPart(JSON.stringify(value, null, 1))]);
}

async function opened(sessions: Sessions): Promise<Session> {
  const session = await sessions.get();
  await session.warmedUp;
  return session;
}

/** By id; otherwise by exact name, in whatever case. */
function findFlows(session: Session, named: string): readonly FlowView[] {
  const byId = session.model.flow(named);
  const wanted = named.trim().toLowerCase();
  return byId === null ? session.model.flows().filter((flow) => flowTitle(flow).toLowerCase() === wanted) : [byId];
}

/** @throws AcceleratorError flowNotRegistered; conflict where several flows have the name */
function flowNamed(session: Session, named: string): FlowView {
  const found = findFlows(session, named);
  const [flow] = found;
  if (flow === undefined) {
    throw new AcceleratorError('flowNotRegistered', `No flow has the id or the name "${named}". List the flows first.`);
  }
  if (found.length > 1) {
    const ids = found.map(({ flowId, server }) => `${flowId} (${server})`).join(', ');
    throw new AcceleratorError('conflict', `Several flows have that name. Name one by its id: ${ids}.`);
  }
  return flow;
}

function searchText(flow: FlowView): string {
  return [flow.flowName, flow.flowId, flow.server, flow.nifiXmlPath, flow.owner ?? ''].join(' ').toLowerCase();
}

function flowFacts(flow: FlowView): Readonly<Record<string, string | number | null>> {
  return {
    flow_id: flow.flowId,
    name: flowTitle(flow),
    server: flow.server,
    status: flowLook(flowDisplay(flow.status, flow.live)).label,
    attempts: flow.totalAttempts,
    successes: flow.successfulConversions,
    last_attempt_at: flow.lastAttemptAt?.toISOString() ?? null,
    error: flow.errorMessage === null ? null : truncateError(flow.errorMessage, 200),
  };
}
