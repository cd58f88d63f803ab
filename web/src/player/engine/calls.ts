/** How two threads call each other: a call travels as its name and its arguments, in order; where an answer is wanted, a port for it goes along. */
import { pageFailed, Refusal, type RefusalFacts } from "@/api/refusal";

type Arguments<Method> = Method extends (...args: infer Args) => void ? Args : never;

export type Call<Face> = { [Name in keyof Face]: readonly [Name, Arguments<Face[Name]>] }[keyof Face];

/** A face each of whose calls is posted; ports among the arguments are handed over. */
export function postCalls<Face>(
  names: readonly (keyof Face)[],
  post: (call: Call<Face>, transfer: MessagePort[]) => void,
): Face {
  const forward =
    (name: keyof Face) =>
    (...args: unknown[]) =>
      post(
        [name, args] as unknown as Call<Face>,
        args.filter((arg) => arg instanceof MessagePort),
      );
  return Object.fromEntries(names.map((name) => [name, forward(name)])) as Face;
}

export function makeCall<Face>(face: Face, [name, args]: Call<Face>): void {
  (face[name] as (...args: unknown[]) => void)(...args);
}

type Reply<Answer> = { readonly answer: Answer } | { readonly refusal: RefusalFacts };

/** `call` hands the port over with a question. Rejects with the `Refusal` that the other side's promise rejected with. */
export function ask<Answer>(call: (reply: MessagePort) => void): Promise<Answer> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve, reject) => {
    port1.onmessage = ({ data }: MessageEvent<Reply<Answer>>) => {
      port1.close();
      if ("answer" in data) resolve(data.answer);
      else reject(Refusal.of(data.refusal));
    };
    call(port2);
  });
}

/** Answers whatever happens, since somebody waits for it. Rejects with what was no `Refusal`, after that was told as a fault of this page. */
export async function reply<Answer>(port: MessagePort, answer: Promise<Answer>): Promise<void> {
  try {
    port.postMessage({ answer: await answer } satisfies Reply<Answer>);
  } catch (error) {
    const refusal = error instanceof Refusal ? error : pageFailed();
    port.postMessage({ refusal: refusal.facts } satisfies Reply<Answer>);
    if (refusal !== error) throw error;
  }
}
