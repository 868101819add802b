/** Registers what chat agents may call; the tools themselves are loaded with the first call. */
import { lm } from 'vscode';
import type { Disposable } from '../flows/event';
import { TOOLS } from '../platform/contributions';
import type { ToolName } from '../platform/contributions';
import { DisposableStore } from '../platform/lifecycle';
import type { Tools, ToolServices } from './languageModelTools';

export function registerTools(services: ToolServices): Disposable {
  const resources = new DisposableStore();
  let loading: Promise<Tools> | undefined;
  const tool = async (name: ToolName): Promise<Tools[ToolName]> => {
    loading ??= import('./languageModelTools').then(({ createTools }) => createTools(services));
    return (await loading)[name];
  };
  for (const name of Object.keys(TOOLS) as ToolName[]) {
    resources.add(
      lm.registerTool<unknown>(TOOLS[name], {
        invoke: async (options, token) => (await tool(name)).invoke(options, token),
        prepareInvocation: async (options, token) => (await tool(name)).prepareInvocation?.(options, token),
      }),
    );
  }
  return resources;
}
