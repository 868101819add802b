import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SETTINGS } from '../../../src/platform/contributions';

const root = path.resolve(__dirname, '..', '..', '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

describe('the README', () => {
  const readme = read('README.md');

  it('shows the example that the host tests run', () => {
    const block = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
    assert.equal(block, read('test/host/apiExample.ts').replace('../../src/api', './nifiAcceleratorApi'));
  });

  it('names every setting', () => {
    const missing = SETTINGS.filter((name) => !readme.includes(`\`${name}\``));
    assert.deepEqual(missing, []);
  });

  it('names commands as the palette does', () => {
    const titles = new Set(Object.values(JSON.parse(read('package.nls.json')) as Record<string, string>));
    const named = [...readme.matchAll(/`NiFi: ([^`]+)`/g)].map(([, title = '']) => title);
    assert.ok(named.length > 5);
    assert.deepEqual(
      named.filter((title) => !titles.has(title)),
      [],
    );
  });

  it('has a reason for every dependency', () => {
    const manifest = JSON.parse(read('package.json')) as Record<
      'dependencies' | 'devDependencies',
      Record<string, string>
    >;
    const rows = readme.split('\n').filter((line) => line.startsWith('|'));
    const missing = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })
      .filter((name) => !name.startsWith('@types/'))
      .filter((name) => !rows.some((line) => (line.split('|')[1] ?? '').split(/[,\s]+/).includes(name)));
    assert.deepEqual(missing, []);
  });

  it('links to files and pictures that exist', () => {
    const missing = [...readme.matchAll(/\]\(([^)#]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^\w+:/.test(target) && !existsSync(path.join(root, target)));
    assert.deepEqual(missing, []);
  });
});
