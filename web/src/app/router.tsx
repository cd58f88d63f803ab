import type { QueryClient } from "@tanstack/react-query";
import {
  createBrowserHistory,
  createRootRouteWithContext,
  createRoute,
  createRouter,
  Outlet,
  type RouterHistory,
  redirect,
  useNavigate,
  useRouter,
} from "@tanstack/react-router";
import { useEffect, useSyncExternalStore } from "react";
import { redeemCode } from "@/api/client";
import type { Options, OptionValue } from "@/api/options";
import { token } from "@/api/token";
import { gamesQuery } from "@/components/use-games";
import { installationQuery } from "@/components/use-installation";
import { ownGamesQuery } from "@/components/use-own-games";
import { EnterPage } from "@/features/account/enter-page";
import { useToken } from "@/features/account/use-account";
import { LibraryPage } from "@/features/library/library-page";
import { type LibraryView, longestSearch } from "@/features/library/library-view";
import { isBoolean, isNumber, isString } from "@/lib/shape";
import { BrokenPage } from "./broken-page";
import { Layout } from "./layout";
import { NotFoundPage } from "./not-found-page";

const rootRoute = createRootRouteWithContext<{ readonly queryClient: QueryClient }>()({
  component: Layout,
  notFoundComponent: NotFoundPage,
});

function isIn(): boolean {
  return token.read() !== null;
}

/** Pages for people who have come in. Who leaves, or is signed out by the server, is back at the door. */
const insideRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "inside",
  beforeLoad: async ({ location, search }) => {
    const { admin } = search as { admin?: unknown };
    if (typeof admin === "string") await redeem(admin);
    if (!isIn()) throw redirect({ to: "/enter", search: { next: location.href } });
  },
  component: Inside,
});

/** `/?admin=…`, good for one time: it makes whoever has it an administrator, and leaves the address at once. */
async function redeem(code: string): Promise<never> {
  try {
    token.keep(await redeemCode(code));
  } catch {
    throw redirect({ to: "/enter", search: { refused: true }, replace: true });
  }
  throw redirect({ to: "/", replace: true });
}

function Inside() {
  const isHere = useToken() !== null;
  const navigate = useNavigate();
  useEffect(() => {
    if (!isHere) void navigate({ to: "/enter", search: { next: location.pathname + location.search } });
  }, [isHere, navigate]);
  return isHere ? <Outlet /> : null;
}

const libraryRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/",
  validateSearch: ({ q, show }: Record<string, unknown>): LibraryView => ({
    ...(isValue(q) && q !== "" ? { q: String(q).slice(0, longestSearch) } : {}),
    ...(isValue(show) ? { show: String(show) } : {}),
  }),
  component: Library,
});

function Library() {
  const navigate = libraryRoute.useNavigate();
  const router = useRouter();
  const showView = ({ q = "", show }: LibraryView, isStep: boolean) => {
    // While the page of a game is on its way, what was typed a moment ago must not call it back.
    if (router.latestLocation.pathname !== "/") return;
    void navigate({
      search: { ...(q === "" ? {} : { q }), ...(show === undefined ? {} : { show }) },
      replace: !isStep,
      resetScroll: false,
    });
  };
  return <LibraryPage view={libraryRoute.useSearch()} onView={showView} />;
}

/** There is no page of games but the library. */
const gamesRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/games",
  beforeLoad: () => {
    throw redirect({ to: "/", replace: true });
  },
});

// What shows and plays a game is not loaded before somebody is about to do so; what they show is asked for meanwhile.
const gameRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/games/$gameId",
  validateSearch: readOptions,
  loader: ({ context: { queryClient } }) => {
    void queryClient.prefetchQuery(gamesQuery);
    void queryClient.prefetchQuery(ownGamesQuery);
    void queryClient.prefetchQuery(installationQuery);
  },
}).lazy(() => import("./game-route").then(({ Route }) => Route));

const playRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/play/$gameId",
  validateSearch: readOptions,
  // Whether a game was left here must be known as it is now, before another is begun. Not to be told is no reason to refuse one.
  loader: async ({ context: { queryClient }, preload }) => {
    const games = queryClient.prefetchQuery(gamesQuery);
    void queryClient.prefetchQuery(installationQuery);
    await queryClient.prefetchQuery({ ...ownGamesQuery, retry: false, staleTime: preload ? 15_000 : 0 });
    await games;
  },
  pendingMs: 200,
  pendingComponent: PlayPending,
}).lazy(() => import("./play-route").then(({ Route }) => Route));

/** A game's options stand in the address by their names; what looks like a number or a truth comes out of it as one, and what no option can be, such as a list, as text. */
function readOptions(search: Record<string, unknown>): Options {
  return Object.fromEntries(
    Object.entries(search).map(([name, value]) => [name, isValue(value) ? value : JSON.stringify(value)]),
  );
}

function isValue(value: unknown): value is OptionValue {
  return isString(value) || isNumber(value) || isBoolean(value);
}

interface EnterSearch {
  /** The page that was wanted. */
  readonly next?: string;
  /** The one-time link did not work. */
  readonly refused?: boolean;
}

const enterRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/enter",
  validateSearch: ({ next, refused }: Record<string, unknown>): EnterSearch => ({
    // Only paths of this site: a link must not lead anywhere else.
    ...(typeof next === "string" && /^\/(?!\/)/.test(next) ? { next } : {}),
    ...(refused === true ? { refused } : {}),
  }),
  beforeLoad: () => {
    if (isIn()) throw redirect({ to: "/" });
  },
  // The door looks different where there is no way in by e-mail: better a moment later than to change under somebody's hands.
  loader: ({ context: { queryClient } }) => queryClient.prefetchQuery(installationQuery),
  component: Enter,
});

function Enter() {
  const { next, refused } = enterRoute.useSearch();
  const wasSignedOut = useSyncExternalStore(token.watch, token.wasRefused);
  const { history } = useRouter();
  return (
    <EnterPage
      refusal={refused === true ? "code" : wasSignedOut ? "login" : null}
      onEntered={() => history.replace(next ?? "/")}
    />
  );
}

function PlayPending() {
  return (
    <div role="status" className="mx-auto max-w-7xl px-4 py-10 text-dim sm:px-8">
      <h1 className="text-3xl">Switching on the machine…</h1>
    </div>
  );
}

/** By default it goes by the address bar. */
export function makeRouter(queryClient: QueryClient, history: RouterHistory = createBrowserHistory()) {
  return createRouter({
    history,
    context: { queryClient },
    routeTree: rootRoute.addChildren([
      insideRoute.addChildren([libraryRoute, gamesRoute, gameRoute, playRoute]),
      enterRoute,
    ]),
    scrollRestoration: true,
    defaultPreload: "intent",
    // Whether an answer is new enough is for the query to say.
    defaultPreloadStaleTime: 0,
    defaultErrorComponent: BrokenPage,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
