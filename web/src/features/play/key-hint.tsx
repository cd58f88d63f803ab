import { KeyCap } from "@/components/key-cap";

/** The key that does what a button does, where there are keys. */
export function KeyHint({ code }: { readonly code: string }) {
  return (
    <span className="pointer-coarse:hidden">
      <KeyCap code={code} />
    </span>
  );
}
