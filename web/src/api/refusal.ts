/** LIVE-3: how an HTTP call is refused. Status 0 stands for a server that could not be reached at all, or was never asked. */
import { isNumber, isObject, isString } from "@/lib/shape";

/** What it says, as it can be sent from thread to thread: an error of one's own class cannot. */
export type RefusalFacts = Pick<Refusal, "status" | "code" | "detail" | "retryAfterS">;

export class Refusal extends Error {
  override name = "Refusal";
  readonly status: number;
  readonly code: string;
  readonly retryAfterS: number | null;

  constructor(status: number, code: string, detail: string, retryAfterS: number | null = null) {
    super(detail);
    this.status = status;
    this.code = code;
    this.retryAfterS = retryAfterS;
  }

  static of({ status, code, detail, retryAfterS }: RefusalFacts): Refusal {
    return new Refusal(status, code, detail, retryAfterS);
  }

  get detail(): string {
    return this.message;
  }

  get facts(): RefusalFacts {
    const { status, code, detail, retryAfterS } = this;
    return { status, code, detail, retryAfterS };
  }
}

const isRefusalBody = isObject({ code: isString, detail: isString });

export function parseRefusal(response: Response, body: unknown): Refusal {
  const retryAfterS = Number(response.headers.get("Retry-After") ?? Number.NaN);
  const waitS = isNumber(retryAfterS) ? retryAfterS : null;
  return isRefusalBody(body)
    ? new Refusal(response.status, body.code, body.detail, waitS)
    : new Refusal(
        response.status,
        "unexpected",
        `The server answered with status ${response.status}.`,
        waitS,
      );
}

export function unreachable(): Refusal {
  return new Refusal(0, "unreachable", "The server could not be reached.");
}

/** A fault of the page's own, which the browser's console tells: only a page that is loaded anew gets past it. */
export function pageFailed(): Refusal {
  return new Refusal(0, "page_failed", "The page broke down. Reload it.");
}
