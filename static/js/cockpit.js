// The T+ clock and the countdowns, from the server's time: the device's own clock is never trusted.
const pad = (number) => String(number).padStart(2, "0");
const minutes = (milliseconds) => Math.floor(Math.abs(milliseconds) / 60000);

function offset() {
  const clock = document.querySelector("[data-clock]");
  if (!clock) return 0;
  if (!clock.offset) clock.offset = Date.parse(clock.dataset.now) - Date.now();
  return clock.offset;
}

function tick() {
  const clock = document.querySelector("[data-clock]");
  if (!clock) return;
  const now = Date.now() + offset();
  if (clock.dataset.since) {
    const end = clock.dataset.stopped ? Date.parse(clock.dataset.stopped) : now;
    const since = minutes(end - Date.parse(clock.dataset.since));
    clock.querySelector("[data-clock-face]").textContent = `${pad(Math.floor(since / 60))}:${pad(since % 60)}`;
  }
  document.querySelectorAll("[data-until]").forEach((place) => {
    const left = Date.parse(place.dataset.until) - now;
    const words = `${Math.floor(minutes(left) / 60)}:${pad(minutes(left) % 60)}`;
    place.textContent = left < 0 ? `${words} late` : words;
  });
}

tick();
setInterval(tick, 1000);
document.addEventListener("htmx:afterSwap", tick);
