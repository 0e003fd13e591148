// Joins htmx to Vigil: the CSRF token is read at the moment of sending, and a failed request is said calmly.
const TOKEN = /(?:^|;\s*)csrftoken=([^;]+)/;

function token() {
  const cookie = document.cookie.match(TOKEN);
  return cookie ? decodeURIComponent(cookie[1]) : document.querySelector("[name=csrfmiddlewaretoken]")?.value;
}

function say(words) {
  const live = document.getElementById("live");
  live.replaceChildren();
  const line = document.createElement("p");
  line.textContent = words;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn btn-row";
  close.textContent = "Close";
  close.addEventListener("click", () => live.replaceChildren());
  live.append(line, close);
}

document.addEventListener("htmx:configRequest", (event) => {
  const found = token();
  if (found && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = found;
});
document.addEventListener("htmx:sendError", () => {
  say("The server cannot be reached. Nothing was saved; what you typed is still here. Try again in a moment.");
});
document.addEventListener("htmx:timeout", () => {
  say("The server takes too long. It is not certain that this was saved; what you typed is still here. Send it again: it is kept only once.");
});
document.addEventListener("htmx:responseError", (event) => {
  const code = event.detail.xhr.status;
  if (code === 403) say("This page is too old to be sent. Reload it; what you typed is kept.");
  else if (code === 404) say("This is no longer there. Reload the page.");
  else say(`The server could not do this (${code}). Nothing was saved; what you typed is still here.`);
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) document.getElementById("live").replaceChildren();
});
