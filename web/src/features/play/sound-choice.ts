/** Whether the player wants sound, for as long as the page lives, and how loud, which the browser keeps. */
import { storage } from "@/lib/storage";

export interface SoundChoice {
  readonly isOn: boolean;
  /** From 0 to 1. */
  readonly volume: number;
}

const name = "skill-arcade.volume";
const firstVolume = 0.6;
let isOn = false;

export const soundChoice = {
  read(): SoundChoice {
    const kept = Number.parseFloat(storage.read(name) ?? "");
    return { isOn, volume: kept >= 0 && kept <= 1 ? kept : firstVolume };
  },
  keep(choice: SoundChoice): void {
    isOn = choice.isOn;
    storage.write(name, String(choice.volume));
  },
};
