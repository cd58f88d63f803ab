import { AlertDialog } from "radix-ui";
import { logOut } from "@/api/client";
import { formButtonClass } from "@/components/button";

/** Asks a guest before they leave: nobody, not even they themselves, can find them again. */
export function LeaveDialog({ onStay }: { readonly onStay: () => void }) {
  return (
    <AlertDialog.Root open onOpenChange={(isOpen) => !isOpen && onStay()}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-40 bg-black/70" />
        <AlertDialog.Content className="fixed inset-x-4 top-1/2 z-50 mx-auto max-w-md -translate-y-1/2 rounded-lg border border-line bg-surface p-6 shadow-2xl outline-none">
          <AlertDialog.Title className="text-2xl">Leave for good?</AlertDialog.Title>
          <AlertDialog.Description className="mt-2 text-dim">
            A guest's scores and favourites cannot be found again.
          </AlertDialog.Description>
          <div className="mt-6 flex flex-wrap gap-3">
            <AlertDialog.Cancel className={formButtonClass({ look: "primary" })}>Stay</AlertDialog.Cancel>
            <AlertDialog.Action className={formButtonClass({})} onClick={logOut}>
              Leave
            </AlertDialog.Action>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
