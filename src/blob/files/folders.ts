/** What the folder of a store holds. */
export interface Folders {
  readonly segments: string;
  /** Folders of large files. */
  readonly files: string;
  /** Large files that are not complete. */
  readonly temporary: string;
}

export function foldersIn(root: string): Folders {
  return { segments: `${root}/segments`, files: `${root}/files`, temporary: `${root}/temporary` };
}
