// A button that is drawn anew while a finger is on it swallows the tap: whoever draws waits until the finger is up, and
// until the click that belongs to it was heard.
const CLICK_FOLLOWS_MS = 60, LONGEST_MS = 3000;
let isDown = false;

addEventListener("pointerdown", () => { isDown = true; }, { capture: true, passive: true });
for (const end of ["pointerup", "pointercancel"]) {
  addEventListener(end, () => setTimeout(() => { isDown = false; }, CLICK_FOLLOWS_MS), { capture: true, passive: true });
}

// A finger that rests on the glass, or that went up where nobody heard it, does not keep the page old.
export async function lifted() {
  for (const from = Date.now(); isDown && Date.now() - from < LONGEST_MS;) await new Promise((again) => setTimeout(again, 20));
}
