/** Texts that outlive the window, in a folder of the extension's own: the newest few of them. */
import { FileType, Uri, workspace } from 'vscode';

export class KeptFiles {
  constructor(
    private readonly folder: Uri,
    private readonly most: number,
  ) {}

  /** @param name letters and digits; whatever was kept under it is replaced */
  async write(name: string, content: string): Promise<void> {
    await workspace.fs.createDirectory(this.folder);
    await workspace.fs.writeFile(this.file(name), new TextEncoder().encode(content));
    await this.forgetOldest();
  }

  /** Null where nothing is kept under the name. */
  async read(name: string): Promise<string | null> {
    if (!/^[A-Za-z0-9]{1,100}$/.test(name)) return null;
    try {
      return new TextDecoder().decode(await workspace.fs.readFile(this.file(name)));
    } catch {
      return null;
    }
  }

  private file(name: string): Uri {
    return Uri.joinPath(this.folder, `${name}.json`);
  }

  private async forgetOldest(): Promise<void> {
    const names = (await workspace.fs.readDirectory(this.folder)).filter(([, type]) => type === FileType.File);
    if (names.length <= this.most) return;
    const files = await Promise.all(
      names.map(async ([name]) => {
        const uri = Uri.joinPath(this.folder, name);
        return { uri, changed: (await workspace.fs.stat(uri)).mtime };
      }),
    );
    const oldest = files.sort((a, b) => b.changed - a.changed).slice(this.most);
    await Promise.all(oldest.map(({ uri }) => workspace.fs.delete(uri)));
  }
}
