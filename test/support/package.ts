/** `npm run package` */
import { packageExtension } from './packageExtension';

packageExtension().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
