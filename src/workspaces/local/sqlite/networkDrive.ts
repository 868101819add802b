/** Whether a folder lies on a network drive, where SQLite's shared memory, and so WAL, does not work. */
import { realpath, statfs } from 'node:fs/promises';

/** `f_type` of statfs(2) on Linux: NFS, SMB, CIFS, SMB2, 9P, AFS, Ceph, Lustre, FUSE (sshfs and most of its like). */
const LINUX_NETWORK_TYPES: ReadonlySet<number> = new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x5346414f, 0x00c36400, 0x0bd00bd0, 0x65735546,
]);

/** Where it cannot be known, a folder that may be on the network counts as one: DELETE works everywhere. */
export async function isOnNetworkDrive(folder: string): Promise<boolean> {
  try {
    // A mapped Windows drive resolves to its UNC path.
    const real = await realpath(folder);
    if (process.platform === 'win32') {
      return real.startsWith('\\\\');
    }
    if (process.platform === 'darwin') {
      return /^\/(Volumes|Network|net)\//.test(real);
    }
    return LINUX_NETWORK_TYPES.has((await statfs(real)).type);
  } catch {
    return true;
  }
}
