import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import { logInAsGuest, logInWithEmail } from "@/api/client";
import { token } from "@/api/token";
import { Button } from "@/components/button";
import { useInstallation } from "@/components/use-installation";
import { useTitle } from "@/components/use-title";
import { explainEnterFailure } from "./explain-enter-failure";
import { Marquee } from "./marquee";

const refusals = {
  code: "That link has been used already or is too old. Ask for a new one, or come in below.",
  login: "You've been signed out. Come back in, and you can play on.",
} as const;

/** The front door: as a guest, or with an e-mail address. */
export function EnterPage({
  onEntered,
  refusal,
}: {
  readonly onEntered: () => void;
  /** What somebody came with, and was not let in by. */
  readonly refusal: keyof typeof refusals | null;
}) {
  useTitle("Come in");
  const installation = useInstallation();
  const enter = useMutation({
    mutationFn: (email: string | null) => (email === null ? logInAsGuest() : logInWithEmail(email)),
    onSuccess: (login) => {
      token.keep(login);
      onEntered();
    },
  });
  return (
    <div className="mx-auto grid max-w-6xl items-center gap-10 px-4 py-10 sm:px-8 lg:grid-cols-[1fr_26rem] lg:min-h-[calc(100dvh-7rem)] lg:gap-20">
      <div>
        <Marquee />
        <h1 className="mt-8 max-w-[14ch] text-5xl leading-[0.98] font-extrabold sm:text-7xl">
          Play. Get better. <span className="text-accent">See how.</span>
        </h1>
        <p className="mt-6 max-w-md text-lg text-dim">
          Classic games, straight in your browser.{" "}
          {installation?.recording === false
            ? "Games are not recorded just now."
            : "Every game you play is recorded for research into how people learn."}
        </p>
      </div>
      <div className="rounded-lg border border-line bg-surface p-6 sm:p-8">
        <h2 className="text-2xl">Come in</h2>
        {refusal !== null && (
          <p role="alert" className="mt-3 text-alarm">
            {refusals[refusal]}
          </p>
        )}
        <Button
          look="primary"
          size="large"
          className="mt-6 w-full"
          disabled={enter.isPending}
          onClick={() => enter.mutate(null)}
        >
          Play as a guest
        </Button>
        <p className="mt-2 text-sm text-dim">Your scores stay in this browser.</p>
        {installation?.email_login !== false && (
          <>
            <p className="my-6 flex items-center gap-4 text-sm text-dim before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
              or
            </p>
            <EmailForm isBusy={enter.isPending} onSubmit={(email) => enter.mutate(email)} />
          </>
        )}
        {enter.error !== null && <EnterFailure error={enter.error} />}
      </div>
    </div>
  );
}

function EmailForm({
  isBusy,
  onSubmit,
}: {
  readonly isBusy: boolean;
  readonly onSubmit: (email: string) => void;
}) {
  const [email, setEmail] = useState("");
  const id = useId();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(email.trim());
      }}
    >
      <label htmlFor={id} className="font-medium">
        E-mail address
      </label>
      <input
        id={id}
        type="email"
        required
        autoComplete="email"
        placeholder="you@example.org"
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        className="mt-2 block min-h-11 w-full rounded-md border border-edge bg-ground px-3 text-ink placeholder:text-dim"
      />
      <Button type="submit" className="mt-3 w-full" disabled={isBusy}>
        Continue with e-mail
      </Button>
      <p className="mt-2 text-sm text-dim">Find your scores again on any computer.</p>
    </form>
  );
}

function EnterFailure({ error }: { readonly error: Error }) {
  return (
    <p role="alert" className="mt-4 text-alarm">
      {explainEnterFailure(error)}
    </p>
  );
}
