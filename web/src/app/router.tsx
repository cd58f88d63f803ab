import {
  createBrowserHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  type RouterHistory,
  redirect,
  useNavigate,
} from "@tanstack/react-router";
import { useEffect, useSyncExternalStore } from "react";
import { redeemCode } from "@/api/client";
import { token } from "@/api/token";
import { EnterPage } from "@/features/account/enter-page";
import { useToken } from "@/features/account/use-account";
import { LibraryPage } from "@/features/library/library-page";
import { PlayPage } from "@/features/play/play-page";
import { BrokenPage } from "./broken-page";
import { Layout } from "./layout";
import { NotFoundPage } from "./not-found-page";

const rootRoute = createRootRoute({ component: Layout, notFoundComponent: NotFoundPage });

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
    if (!isIn()) throw redirect({ to: "/enter", search: { next: location.pathname } });
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
    if (!isHere) void navigate({ to: "/enter", search: { next: location.pathname } });
  }, [isHere, navigate]);
  return isHere ? <Outlet /> : null;
}

const libraryRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/",
  component: LibraryPage,
});

const playRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/play/$gameId",
  component: () => <PlayPage gameId={playRoute.useParams().gameId} />,
});

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
  component: Enter,
});

function Enter() {
  const { next, refused } = enterRoute.useSearch();
  const wasSignedOut = useSyncExternalStore(token.watch, token.wasRefused);
  const navigate = enterRoute.useNavigate();
  return (
    <EnterPage
      refusal={refused === true ? "code" : wasSignedOut ? "login" : null}
      onEntered={() => void navigate({ to: next ?? "/", replace: true })}
    />
  );
}

/** By default it goes by the address bar. */
export function makeRouter(history: RouterHistory = createBrowserHistory()) {
  return createRouter({
    history,
    routeTree: rootRoute.addChildren([insideRoute.addChildren([libraryRoute, playRoute]), enterRoute]),
    scrollRestoration: true,
    defaultErrorComponent: BrokenPage,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
