import { expect, test } from "vitest";
import type { Welcome } from "@/protocol/server-messages";
import { GameSound } from "./game-sound";
import type { Speaker } from "./speaker";

class FakeSpeaker implements Speaker {
  volume: number;
  isClosed = false;

  constructor(volume: number) {
    this.volume = volume;
  }

  setVolume(volume: number): void {
    this.volume = volume;
  }

  close(): void {
    this.isClosed = true;
  }

  readCounts(): Promise<null> {
    return Promise.resolve(null);
  }
}

const sound = { rate_hz: 30_720, samples_per_step: 512 };

function welcome(of: Welcome["sound"] = sound): Welcome {
  return { sound: of } as Welcome;
}

function setUp() {
  const asked: boolean[] = [];
  const speakers: FakeSpeaker[] = [];
  const gameSound = new GameSound(
    (on) => asked.push(on),
    () => {},
    (_format, volume) => {
      speakers.push(new FakeSpeaker(volume));
      return speakers.at(-1) as FakeSpeaker;
    },
  );
  return { gameSound, asked, speakers };
}

test("LIVE-41: nothing is asked for, and no loudspeaker is opened, before the player wants sound", () => {
  const { gameSound, asked, speakers } = setUp();
  gameSound.welcome(welcome());
  gameSound.set(false, 0.5);
  expect(gameSound.isPossible).toBe(true);
  expect(asked).toEqual([]);
  expect(speakers).toEqual([]);
});

test("LIVE-41: on and off are told once each, and a change of volume is not", () => {
  const { gameSound, asked, speakers } = setUp();
  gameSound.welcome(welcome());
  gameSound.set(true, 0.5);
  gameSound.set(true, 0.7);
  expect(speakers).toHaveLength(1);
  expect(speakers[0]).toMatchObject({ volume: 0.7, isClosed: false });
  gameSound.set(false, 0.7);
  expect(speakers[0]?.isClosed).toBe(true);
  expect(asked).toEqual([true, false]);
});

test("LIVE-41: after a reconnection it is asked for again, with the same loudspeaker", () => {
  const { gameSound, asked, speakers } = setUp();
  gameSound.welcome(welcome());
  gameSound.set(true, 1);
  gameSound.welcome(welcome());
  expect(asked).toEqual([true, true]);
  expect(speakers).toHaveLength(1);
});

test("a player who wants sound already gets it with the first welcome", () => {
  const { gameSound, asked, speakers } = setUp();
  gameSound.set(true, 0.4);
  expect(asked).toEqual([]);
  gameSound.welcome(welcome());
  expect(asked).toEqual([true]);
  expect(speakers[0]?.volume).toBe(0.4);
});

test("LIVE-40: a silent game is never asked for sound", () => {
  const { gameSound, asked, speakers } = setUp();
  gameSound.welcome(welcome(null));
  gameSound.set(true, 1);
  expect(gameSound.isPossible).toBe(false);
  expect(asked).toEqual([]);
  expect(speakers).toEqual([]);
});

test("a browser that cannot play sound is not sent any", () => {
  const asked: boolean[] = [];
  const gameSound = new GameSound(
    (on) => asked.push(on),
    () => {},
    null,
  );
  gameSound.welcome(welcome());
  gameSound.set(true, 1);
  expect(gameSound.isPossible).toBe(false);
  expect(asked).toEqual([]);
});
