/** What can be set when the app is built. */
interface ImportMetaEnv {
  /** The server's address, when the pages are hosted apart from it. */
  readonly VITE_SERVER_URL?: string;
  readonly VITE_VERSION?: string;
}
