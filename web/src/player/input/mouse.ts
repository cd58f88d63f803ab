/** LIVE-31: where the mouse is over the picture. Of many movements the newest is told, at most once for each frame that the display shows. */
import type { Time } from "../time";

/** Fast displays show up to 240 frames a second, which is all that the server takes of everything together (LIVE-13). */
const shortestIntervalUs = 12_000;

export interface MousePlace {
  /** Fractions of the picture, 0 to 1. */
  readonly x: number;
  readonly y: number;
  readonly clientUs: number;
}

export class Mouse {
  private readonly time: Time;
  private readonly tell: (place: MousePlace) => void;
  private untold: MousePlace | null = null;
  private frame: number | null = null;
  private toldUs = Number.NEGATIVE_INFINITY;

  constructor(time: Time, tell: (place: MousePlace) => void) {
    this.time = time;
    this.tell = tell;
  }

  moved(place: MousePlace): void {
    this.untold = place;
    this.awaitFrame();
  }

  stop(): void {
    if (this.frame !== null) cancelAnimationFrame(this.frame);
    this.frame = null;
    this.untold = null;
  }

  private awaitFrame(): void {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.onFrame();
    });
  }

  private onFrame(): void {
    if (this.untold === null) return;
    const nowUs = this.time.nowUs();
    if (nowUs - this.toldUs < shortestIntervalUs) this.awaitFrame();
    else {
      this.tell(this.untold);
      this.toldUs = nowUs;
      this.untold = null;
    }
  }
}
