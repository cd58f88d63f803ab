import { Link, Outlet } from "@tanstack/react-router";
import { Logo } from "@/components/logo";
import { AccountMenu } from "@/features/account/account-menu";
import { useToken } from "@/features/account/use-account";

export function Layout() {
  const isIn = useToken() !== null;
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
          {isIn && <AccountMenu />}
        </div>
      </header>
      <main id="main" tabIndex={-1} className="outline-none">
        <Outlet />
      </main>
    </>
  );
}
