import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { Logo } from "@/components/logo";
import { AccountButton } from "@/features/account/account-button";
import { useToken } from "@/features/account/use-account";

export function Layout() {
  const isIn = useToken() !== null;
  const main = useRef<HTMLElement>(null);
  const path = useLocation({ select: ({ pathname }) => pathname });
  const shown = useRef(path);
  useEffect(() => {
    if (path === shown.current) return;
    shown.current = path;
    // Whoever goes by keys, or listens, begins each page at its beginning.
    main.current?.focus({ preventScroll: true });
  }, [path]);
  return (
    <>
      <a
        href="#main"
        className="absolute -top-20 left-4 z-50 rounded-md bg-glow px-4 py-2 text-on-glow focus:top-3"
      >
        Skip to the page
      </a>
      <header className="border-b border-line">
        <div className="mx-auto flex h-14 max-w-[110rem] items-center justify-between gap-4 px-4 sm:px-8">
          <Link to="/" className="flex items-center gap-3 rounded-sm text-lg font-bold tracking-tight">
            <Logo className="size-6" />
            Skill Arcade
          </Link>
          {isIn && <AccountButton />}
        </div>
      </header>
      <main ref={main} id="main" tabIndex={-1} className="outline-none">
        <Outlet />
      </main>
    </>
  );
}
