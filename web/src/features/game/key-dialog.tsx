import { Dialog } from "radix-ui";
import { useState } from "react";
import type { Game, OwnGame } from "@/api/client";
import { formButtonClass } from "@/components/button";
import { Icon } from "@/components/icons";
import { KeyChanger } from "./key-changer";

/** A button, and behind it the game's keys, to be exchanged for others. */
export function KeyDialog({
  game,
  own,
}: {
  /** As it is with the chosen options, but with its own keys. */
  readonly game: Game;
  /** Null as long as nobody knows. */
  readonly own: OwnGame | undefined | null;
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Dialog.Root open={isOpen} onOpenChange={setOpen}>
      <Dialog.Trigger
        disabled={own === null}
        className={formButtonClass(
          { look: "plain", size: "small" },
          "[@media(hover:none)_and_(pointer:coarse)]:hidden",
        )}
      >
        <Icon name="keys" />
        Change keys
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-black/70" />
        {own !== null && <KeyChanger game={game} own={own} onDone={() => setOpen(false)} />}
      </Dialog.Portal>
    </Dialog.Root>
  );
}
