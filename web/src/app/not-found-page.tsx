import { Link } from "@tanstack/react-router";
import { formButtonClass } from "@/components/button";
import { Notice } from "@/components/notice";

export function NotFoundPage() {
  return (
    <div className="mx-auto max-w-7xl px-4 py-12 sm:px-8">
      <Notice
        title="There's nothing here"
        action={
          <Link to="/" className={formButtonClass({ look: "primary" })}>
            See all games
          </Link>
        }
      >
        The link may be old, or a letter is missing.
      </Notice>
    </div>
  );
}
