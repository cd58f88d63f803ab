import { KeyCap } from "@/components/key-cap";
import { useLight } from "./lights";

/** A key that lights up while it is down. */
export function LitKeyCap({ code }: { readonly code: string }) {
  return <KeyCap code={code} ref={useLight(code)} />;
}
