import { type PointerEvent, useEffect, useEffectEvent, useState } from "react";
import { Button } from "@/components/button";
import { Icon } from "@/components/icons";
import type { Play } from "@/player/play";
import { type SoundChoice, soundChoice } from "./sound-choice";
import { forFingers, label } from "./toolbar";

const shortcut = "KeyM";

/** Sound on and off, by M too where the game has no use for it, and how loud. */
export function SoundControl({ play }: { readonly play: Play }) {
  const [{ isOn, volume }, setChoice] = useState(soundChoice.read);
  const hasShortcut = !play.settings.gameCodes.has(shortcut);
  const choose = (choice: SoundChoice) => {
    soundChoice.keep(choice);
    setChoice(choice);
    play.setSound(choice.isOn, choice.volume);
  };
  const toggle = () => choose({ isOn: !isOn, volume });

  useEffect(() => {
    // A game after another on the same page is heard as the one before it was.
    const { isOn, volume } = soundChoice.read();
    play.setSound(isOn, volume);
  }, [play]);

  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    const isPlain = !(event.ctrlKey || event.metaKey || event.altKey || event.repeat);
    if (event.code === shortcut && isPlain && hasShortcut) toggle();
  });
  useEffect(() => {
    const listening = new AbortController();
    window.addEventListener("keydown", (event) => onKeyDown(event), { signal: listening.signal });
    return () => listening.abort();
  }, []);

  return (
    <div className="flex items-center gap-2">
      <Button
        size="small"
        className={forFingers}
        aria-pressed={isOn}
        title={hasShortcut ? "Sound (M)" : "Sound"}
        onClick={toggle}
        onPointerUp={giveKeysBack}
      >
        <Icon name={isOn ? "sound" : "soundOff"} className={`size-4 ${isOn ? "text-accent" : ""}`} />
        <span className={label}>Sound</span>
      </Button>
      {isOn && (
        <input
          type="range"
          aria-label="Volume"
          min={0}
          max={1}
          step={0.05}
          value={volume}
          onChange={(event) => choose({ isOn, volume: event.currentTarget.valueAsNumber })}
          onPointerUp={giveKeysBack}
          // A phone has no room for it, and keys of its own.
          className={`h-9 w-24 cursor-pointer accent-glow ${forFingers} max-md:pointer-coarse:hidden pointer-coarse:landscape:hidden`}
        />
      )}
    </div>
  );
}

/** After a click, not after the keyboard: the keys belong to the game again. */
function giveKeysBack({ currentTarget }: PointerEvent<HTMLElement>): void {
  currentTarget.blur();
}
