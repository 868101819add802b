/** Commands in an open NiFi document or in a notebook made of one. What they do is loaded with the first use. */
import type { EditorFeatures } from '../editor/editorFeatures';
import type { CommandRegistry } from './registry';

export function registerEditorCommands(registry: CommandRegistry, editor: EditorFeatures): void {
  registry.register('openFlow', async (args) => (await editor.load()).openFlow(args));
  registry.register('explainProcessor', async (args) => (await editor.load()).explain(args));
  registry.register('openGeneratedCell', async (args, signal) => (await editor.load()).openGeneratedCell(args, signal));
  registry.register('showProcessor', async (args) => (await editor.load()).showProcessor(args));
  registry.register('copyTask', async (args, signal) => (await editor.load()).copyTask(args, signal));
}
