import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DAMAGED_FILE, FourPaths, mended } from '../support/vscode/fourPaths';
import { startProduct } from '../support/vscode/product';
import type { Product } from '../support/vscode/product';
import type { Workbench } from '../support/vscode/workbench';

describe('the four paths of a person', function () {
  this.timeout(180_000);
  let product: Product;
  let workbench: Workbench;
  let paths: FourPaths;

  before(async () => {
    product = await startProduct();
    workbench = await product.openWindow({ width: 1440, height: 900 });
    await workbench.openContainer('NiFi Accelerator');
    paths = new FourPaths(workbench, 60_000);
  });
  after(async () => {
    await workbench.close();
    await product.stop();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') {
      await workbench.screenshot(path.join('out', 'e2e', `${this.currentTest.title.slice(0, 40)}.png`));
    }
  });

  it('a. converts a flow for the first time', () => paths.convertFirst());

  it('b. tries again after a failure, with the file mended', () =>
    paths.retryMended(() => {
      const file = path.join(product.flows, DAMAGED_FILE);
      writeFileSync(file, mended(readFileSync(file, 'utf8')));
    }));

  it('c. converts three selected flows side by side', () => paths.convertThree());

  it('d. shows every attempt of a flow, newest first, with the whole error on selection', () => paths.readHistory());
});
