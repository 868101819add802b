#!/usr/bin/env node
// Stands in for a VS Code executable: takes the arguments that @vscode/test-electron gives one.
import { register } from 'tsx/cjs/api';

register();
const { createRequire } = await import('node:module');
const { launch } = createRequire(import.meta.url)('./launch.ts');
process.exit(await launch(process.argv.slice(2)));
