/** What of the library is looked at; it stands in the address. */
export interface LibraryView {
  readonly q?: string;
  readonly show?: string;
}

/** In characters; the rest of a longer one in the address is left out. */
export const longestSearch = 100;
