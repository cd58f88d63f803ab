import { Dialog } from "radix-ui";
import { type KeyboardEvent, useRef, useState } from "react";
import type { Game, OwnGame } from "@/api/client";
import { findRunning } from "@/api/own-games";
import { exchangeKey, type Keys, listAllCodes, mayBeUsed } from "@/api/own-keys";
import { Refusal } from "@/api/refusal";
import { Button, formButtonClass } from "@/components/button";
import { explainRefusal } from "@/components/explain-refusal";
import { KeyCap } from "@/components/key-cap";
import { nameKey } from "@/components/key-names";
import { useChangeKeys } from "@/components/use-own-games";
import { type KeyRow, listKeyRows } from "./list-key-rows";

/** The dialog in which keys are exchanged: choose one, press another. Nothing is kept before it is saved. */
export function KeyChanger({
  game,
  own,
  onDone,
}: {
  readonly game: Game;
  readonly own: OwnGame | undefined;
  readonly onDone: () => void;
}) {
  const [keys, setKeys] = useState<Keys>(own?.keys ?? {});
  /** The key of the game for which another is waited for. */
  const [awaited, setAwaited] = useState<string | null>(null);
  const [message, setMessage] = useState("");
  const taken = useRef<string | null>(null);
  const change = useChangeKeys(game.id);
  const now = (code: string) => keys[code] ?? code;

  const take = (event: KeyboardEvent) => {
    if (awaited === null || event.repeat || event.code === "Escape") return;
    const { code } = event;
    // Tab and the like do what they always do: nobody is to be caught here.
    if (!mayBeUsed(code)) {
      setAwaited(null);
      setMessage(`${nameKey(code).spoken} can't be used in a game. ${nameKey(now(awaited)).spoken} stays.`);
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    taken.current = code;
    const exchange = exchangeKey(listAllCodes(game), keys, awaited, code);
    setKeys(exchange.keys);
    setAwaited(null);
    setMessage(
      exchange.swapped === null
        ? `Now it's ${nameKey(code).spoken}.`
        : `${nameKey(code).spoken} and ${nameKey(now(awaited)).spoken} have changed places.`,
    );
  };
  const awaitKey = (row: KeyRow, code: string) => {
    setAwaited(code);
    setMessage(`Press the new key for “${row.say}”. Escape keeps the old one.`);
  };

  return (
    <Dialog.Content
      onKeyDownCapture={take}
      // A button is pressed when the space bar is let go.
      onKeyUpCapture={(event) => {
        if (event.code === taken.current) event.preventDefault();
        taken.current = null;
      }}
      onEscapeKeyDown={(event) => {
        if (awaited === null) return;
        event.preventDefault();
        setAwaited(null);
        setMessage("");
      }}
      className="fixed inset-x-4 top-1/2 z-50 mx-auto flex max-h-[calc(100dvh-2rem)] max-w-lg -translate-y-1/2 flex-col overflow-y-auto rounded-lg border border-line bg-surface p-5 shadow-2xl sm:p-6 outline-none"
    >
      <Dialog.Title className="text-2xl">Change keys</Dialog.Title>
      <Dialog.Description className="mt-2 text-dim">
        Choose a key, then press the one you want instead. If the game uses that one already, the two change
        places.
      </Dialog.Description>
      <dl className="mt-5 space-y-1">
        {listKeyRows(game).map((row) => (
          <div key={row.say} className="flex items-center justify-between gap-3">
            <dt>{row.say}</dt>
            <dd className="flex flex-wrap justify-end gap-1">
              {row.codes.map((code) => {
                const isAwaited = code === awaited;
                return (
                  <button
                    key={code}
                    type="button"
                    aria-label={`${row.say}: ${isAwaited ? "press the new key" : nameKey(now(code)).spoken}`}
                    onClick={() => awaitKey(row, code)}
                    onBlur={() => isAwaited && setAwaited(null)}
                    className="flex min-h-11 min-w-11 items-center justify-center rounded-md px-1.5 hover:bg-raised"
                  >
                    {isAwaited ? <AwaitedCap /> : <KeyCap code={now(code)} isLit={now(code) !== code} />}
                  </button>
                );
              })}
            </dd>
          </div>
        ))}
      </dl>
      <p role="status" className="mt-4 mb-2 min-h-12 text-sm text-dim">
        {message}
      </p>
      {change.error !== null && (
        <p role="alert" className="mb-4 text-sm text-alarm">
          {explainFailure(change.error)}
        </p>
      )}
      {findRunning(own) !== null && (
        <p className="mb-4 text-sm text-dim">
          Your game under way keeps the keys it began with. Your new ones hold from your next game.
        </p>
      )}
      <div className="flex flex-wrap items-center gap-2 sm:gap-3">
        <Button
          look="primary"
          disabled={change.isPending}
          onClick={() => change.mutate(keys, { onSuccess: onDone })}
        >
          Save keys
        </Button>
        <Dialog.Close className={formButtonClass({})}>Cancel</Dialog.Close>
        <Button
          look="quiet"
          className="-mr-4 ml-auto"
          disabled={Object.keys(keys).length === 0}
          onClick={() => {
            setKeys({});
            setMessage("These are the game's own keys.");
          }}
        >
          Reset
        </Button>
      </div>
    </Dialog.Content>
  );
}

function AwaitedCap() {
  return (
    <span className="numeric inline-flex h-8 min-w-8 items-center justify-center rounded-sm border border-dashed border-accent px-2 text-xs text-accent">
      ?
    </span>
  );
}

function explainFailure(error: Error): string {
  if (!(error instanceof Refusal)) return "Your keys could not be saved. Please reload the page.";
  const { title, advice } = explainRefusal(error);
  return `Your keys were not saved. ${title}. ${advice}`;
}
