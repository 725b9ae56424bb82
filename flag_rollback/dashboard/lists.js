"use strict";

// The list follows what happens, unless somebody reads it with the keyboard or types into it.
const OFTEN = 5_000;
const content = document.getElementById("content");

// What users get is as it was read: after so long, or cut off, it is of the past.
const OLD = 90_000;

function showAge() {
  const read = content.querySelector("[data-read-at]");
  const old = read && Date.now() - Date.parse(read.dataset.readAt) > OLD;
  document.body.classList.toggle(
    "is-old", Boolean(old) || document.body.classList.contains("is-cut-off"));
}

async function keepUp() {
  try {
    const busy = content.contains(document.activeElement) && document.activeElement !== content;
    if (!document.hidden && !busy && !getSelection().toString()) {
      const answer = await fetch(location.href, { cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const open = [...content.querySelectorAll("details")].map((fold) => fold.open);
      content.replaceChildren(...page.getElementById("content").childNodes);
      [...content.querySelectorAll("details")].forEach((fold, place) => { fold.open = open[place]; });
      document.body.classList.remove("is-cut-off");
    }
  } catch {
    document.body.classList.add("is-cut-off");
  }
  showAge();
  setTimeout(keepUp, OFTEN);
}

document.body.dataset.shown = "yes";
showAge();
setTimeout(keepUp, OFTEN);
