import { DropdownMenu } from "radix-ui";
import { type ReactNode, useState } from "react";
import { logOut } from "@/api/client";
import { isTheme, keepTheme, readTheme, type Theme } from "@/lib/theme";
import { LeaveDialog } from "./leave-dialog";
import { useMe } from "./use-account";

const themes: readonly (readonly [Theme, string])[] = [
  ["system", "Like my device"],
  ["dark", "Dark"],
  ["light", "Light"],
];
const itemClass =
  "flex min-h-10 items-center gap-2 rounded-sm px-3 outline-none select-none data-highlighted:bg-line";

/** How it looks, and the way out: open at first, since somebody pressed the button in its place. */
export function AccountMenu({
  className,
  children,
}: {
  readonly className: string;
  readonly children: ReactNode;
}) {
  const [theme, setTheme] = useState(readTheme);
  const [isLeaving, setLeaving] = useState(false);
  const me = useMe();
  const leave = () => {
    if (me.data?.guest === false) logOut();
    else setLeaving(true);
  };
  const change = (next: string) => {
    if (!isTheme(next)) return;
    keepTheme(next);
    setTheme(next);
  };
  return (
    <>
      <DropdownMenu.Root modal={false} defaultOpen>
        <DropdownMenu.Trigger className={className}>{children}</DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content
            align="end"
            sideOffset={8}
            // The button reaches beyond the page's edge, so that its words stand on it.
            alignOffset={12}
            className="z-50 w-60 rounded-md border border-line bg-raised p-1.5 shadow-xl"
          >
            <DropdownMenu.Label className="legend px-3 pt-2 pb-1">Appearance</DropdownMenu.Label>
            <DropdownMenu.RadioGroup value={theme} onValueChange={change}>
              {themes.map(([value, label]) => (
                <DropdownMenu.RadioItem key={value} value={value} className={itemClass}>
                  <span className="w-4 text-accent">
                    <DropdownMenu.ItemIndicator>●</DropdownMenu.ItemIndicator>
                  </span>
                  {label}
                </DropdownMenu.RadioItem>
              ))}
            </DropdownMenu.RadioGroup>
            <DropdownMenu.Separator className="my-1.5 h-px bg-line" />
            <DropdownMenu.Item className={itemClass} onSelect={leave}>
              Leave
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {isLeaving && <LeaveDialog onStay={() => setLeaving(false)} />}
    </>
  );
}
