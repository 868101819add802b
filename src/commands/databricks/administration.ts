/** A connection for one piece of work beside conversions. */
import type { Administration } from '../../flows/administration';
import type { CommandServices } from '../services';

/** Works with a connection of its own and closes it. */
export async function withAdministration<T>(
  { databricks }: Pick<CommandServices, 'databricks'>,
  work: (administration: Administration) => Promise<T>,
): Promise<T> {
  const administration = await databricks.open();
  try {
    return await work(administration);
  } finally {
    administration.dispose();
  }
}
