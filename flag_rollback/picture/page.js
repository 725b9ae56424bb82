"use strict";

// What users get is as it was read; after so many milliseconds the page says so in the past tense.
const OLD = 90_000;
const OFTEN = 1_000;
const content = document.getElementById("content");

function age() {
  return Date.now() - Date.parse(content.dataset.readAt);
}

function ago(milliseconds) {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return "";
  if (minutes < 120) return `, ${minutes} minute${minutes > 1 ? "s" : ""} ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `, ${hours} hours ago` : `, ${Math.floor(hours / 24)} days ago`;
}

function showAge() {
  document.body.classList.toggle("is-old", age() > OLD);
  document.getElementById("ago").textContent = ago(age());
}

async function copy(button) {
  const command = button.previousElementSibling;
  try {
    await navigator.clipboard.writeText(command.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(command); // the person copies it
    button.textContent = "Selected";
  }
}

function unfolded() {
  return [...content.querySelectorAll("details")].map((fold) => fold.open);
}

function unfold(before) {
  [...content.querySelectorAll("details")].forEach((fold, place) => {
    if (before[place]) fold.open = true;
  });
}

async function keepUp() {
  let running = true;
  try {
    const answer = await fetch("report.json", { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    const now = await answer.json();
    if (now.readAt !== content.dataset.readAt) {
      const folds = unfolded();
      const kept = document.activeElement && document.activeElement.closest("[data-state]");
      content.innerHTML = now.content;
      content.dataset.readAt = now.readAt;
      document.title = now.title;
      unfold(folds);
      if (kept) focusOn(kept.dataset.state);
    }
    running = now.running;
    document.body.classList.remove("is-cut-off");
  } catch {
    document.body.classList.add("is-cut-off"); // and it grows old
  }
  document.body.dataset.running = running ? "yes" : "no";
  document.body.dataset.shown = content.dataset.readAt;
  showAge();
  if (running) setTimeout(keepUp, OFTEN);
  else document.body.dataset.live = "ended";
}

function focusOn(state) {
  const step = content.querySelector(`.step[data-state="${CSS.escape(state)}"] summary`);
  if (step) step.focus();
}

content.addEventListener("click", (event) => {
  if (event.target.matches(".copy")) copy(event.target);
});
showAge();
setInterval(showAge, OFTEN);
document.body.dataset.shown = content.dataset.readAt;
if (document.body.dataset.live === "yes") keepUp();
