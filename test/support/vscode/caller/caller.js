'use strict';

const vscode = require('vscode');

exports.activate = (context) => {
  const register = (name, run) => context.subscriptions.push(vscode.commands.registerCommand(name, run));
  register('caller.openLink', async () => {
    const path = await vscode.window.showInputBox({ title: 'Path of the link' });
    const link = { scheme: vscode.env.uriScheme, authority: 'nifi-accelerator.nifi-accelerator', path };
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.from(link));
  });
  register('caller.startTool', async () => {
    const flow = await vscode.window.showInputBox({ title: 'Flow' });
    try {
      const input = { flow };
      const result = await vscode.lm.invokeTool('nifi-accelerator_start_conversion', {
        input,
        toolInvocationToken: undefined,
      });
      const { success } = JSON.parse(result.content[0].value);
      void vscode.window.showInformationMessage(`The tool answered: ${success}`);
    } catch {
      void vscode.window.showInformationMessage('The tool was refused');
    }
  });
};
