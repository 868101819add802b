/** The files of a folder that may hold a flow, without what a project keeps for its tools. */
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';

export interface FoundFile {
  readonly path: string;
  readonly size: number;
  readonly modified: number;
}

export interface WalkProblem {
  readonly path: string;
  readonly error: unknown;
}

const TOOL_FOLDERS = new Set(['node_modules', '__pycache__', 'venv', 'site-packages']);
/** Kinds of files that never are flows: spared the look inside. Every other name is judged by its content. */
const OTHER_FILES = new Set(
  (
    '.py .pyc .ipynb .ts .tsx .js .mjs .cjs .jsx .map .java .class .jar .war .nar .scala .kt .groovy .rb .go .rs .c .cc ' +
    '.cpp .h .cs .sh .bat .ps1 .sql .md .rst .html .htm .css .scss .svg .png .jpg .jpeg .gif .ico .webp .pdf .doc .docx ' +
    '.xls .xlsx .ppt .pptx .csv .tsv .parquet .avro .orc .yml .yaml .toml .ini .cfg .properties .lock .log .zip .tar .tgz ' +
    '.7z .rar .exe .dll .so .dylib .bin .mp4 .mp3 .mov .ttf .woff .woff2 .sqlite .db .vsix .xsd .xsl .xslt .wsdl'
  ).split(' '),
);

/**
 * Every candidate under `folder`, folders first level by first level. Links to folders are not followed: they may lead
 * in circles.
 *
 * @param leftOut absolute paths that are not entered
 * @param onProblem a folder or file that cannot be read; the walk goes on
 */
export async function* walk(
  folder: string,
  leftOut: ReadonlySet<string>,
  onProblem: (problem: WalkProblem) => void,
  signal: AbortSignal,
): AsyncGenerator<FoundFile, void, undefined> {
  const waiting = [folder];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    signal.throwIfAborted();
    let entries: Dirent[];
    try {
      entries = await readdir(next, { withFileTypes: true });
    } catch (error) {
      onProblem({ path: next, error });
      continue;
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) {
        if (!entry.name.startsWith('.') && !TOOL_FOLDERS.has(entry.name) && !leftOut.has(path)) waiting.push(path);
      } else if (isCandidate(entry)) {
        const found = await fileAt(path);
        if (found !== null) yield found;
      }
    }
  }
}

/** Whether a changed path can matter to a scan: for whoever watches files. */
export function mayMatter(path: string): boolean {
  return !OTHER_FILES.has(extname(path).toLowerCase()) && !/[\\/](node_modules|\.git)[\\/]/.test(path);
}

function isCandidate(entry: Dirent): boolean {
  if (entry.name.startsWith('.') || OTHER_FILES.has(extname(entry.name).toLowerCase())) return false;
  return entry.isFile() || entry.isSymbolicLink();
}

async function fileAt(path: string): Promise<FoundFile | null> {
  try {
    const found = await stat(path);
    return found.isFile() ? { path, size: found.size, modified: Math.floor(found.mtimeMs) } : null;
  } catch {
    // Deleted since, or a link that leads nowhere.
    return null;
  }
}
