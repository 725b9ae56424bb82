"use strict";

const MARKS = { succeeded: "✓", caught: "!", failed: "✗", aborted: "✗", running: "…" };
const WORDS = {
  succeeded: "succeeded", caught: "caught an error", failed: "failed", aborted: "aborted",
  running: "in progress", unreached: "not reached",
};
const byId = (id) => document.getElementById(id);
const states = [...document.querySelectorAll(".state")];
let report = JSON.parse(byId("data").textContent);
let chosen = null; // the state's name
let visitChosen = null; // index into report.visits; null is the state's last one
let chosenByPerson = false;

function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function duration(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds); // before it is cut into minutes: never "1 min 60 s"
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes} min ${whole % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function toneOf() {
  return report.running ? "running" : report.failure ? "failed" : "succeeded";
}

function showSummary() {
  const { told, execution } = report;
  byId("summary").className = toneOf();
  byId("status").textContent = execution.status.replace("_", " ");
  byId("headline").textContent = told.headline;
  byId("meaning").textContent = report.failure ? report.failure.meaning : "";
  byId("reason").textContent = told.reason;
  byId("experiment").textContent = told.experiments.join("; ");
  byId("standing").replaceChildren(...report.flagsNow.flatMap(({ state }, place) => {
    const flagTone = state === "off" ? "succeeded" : "caught";
    const badge = element("span", `flag ${flagTone}`, { on: "ON", off: "OFF" }[state] || "unknown");
    const line = element("span", "", "Flag now: ");
    line.append(badge, element("small", "", told.standings[place]));
    return [...(place ? [element("br")] : []), line];
  }));
  byId("next").replaceChildren(...told.steps.flatMap(({ text, command }) => [
    element("p", "", text), command ? commandLine(command) : null,
  ].filter(Boolean)));
  const link = element("a", "", "Step Functions console");
  link.href = execution.consoleUrl;
  const redrives = execution.redriveCount ? ` · ${execution.redriveCount} redrive(s)` : "";
  const why = report.failure && report.reason ? `${report.reason} · ` : "";
  byId("facts").replaceChildren(
    `${why}${report.alarm || "no alarm"} · ${execution.started.replace("T", " ").slice(0, 19)} UTC · ` +
    `${duration(execution.seconds)}${redrives} · execution ${execution.name} · `, link);
  document.title = `${told.headline}: ${report.flags.join(", ") || "a rollback"}`;
}

function commandLine(command) {
  const copy = element("button", "", "Copy");
  copy.type = "button";
  copy.onclick = () => copyText(command, copy);
  return element("div", "command", element("code", "", command), copy);
}

async function copyText(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = element("textarea", "", text);
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  button.textContent = "Copied";
}

function showMachine() {
  const ways = new Set();
  report.visits.forEach((visit, index) => {
    const next = report.visits[index + 1];
    if (next) ways.add(`${visit.state}\n${next.state}`);
  });
  for (const part of document.querySelectorAll(".way, .label")) {
    part.classList.toggle("taken", ways.has(`${part.dataset.from}\n${part.dataset.to}`));
  }
  for (const group of states) {
    const name = group.dataset.state;
    const visits = report.visits.filter((visit) => visit.state === name);
    const status = visits.length ? visits.at(-1).status : "unreached";
    const origin = report.failure && report.failure.state === name;
    group.setAttribute("class", `state ${status}`);
    group.classList.toggle("origin", Boolean(origin));
    group.classList.toggle("chosen", name === chosen);
    group.dataset.status = status;
    group.setAttribute("aria-label", `${name}, ${WORDS[status]}`);
    group.querySelector(".mark").textContent = origin ? "✗" : MARKS[status] || "";
    group.querySelector(".count").textContent = visits.length > 1 ? `×${visits.length}` : "";
  }
  const legend = ["succeeded", "failed", "caught", "running", "unreached"].map((status) =>
    element("span", status, element("i"), WORDS[status]));
  byId("legend").replaceChildren(...legend, "dashed line: on error");
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function folded(title, text, open) {
  const fold = element("details", "", element("summary", "", title), element("pre", "", pretty(text)));
  fold.open = open;
  return fold;
}

function showDetails() {
  const place = byId("details");
  const mine = report.visits.map((visit, index) => [visit, index])
    .filter(([visit]) => visit.state === chosen);
  const group = states.find((state) => state.dataset.state === chosen);
  const type = group ? group.dataset.type : "";
  const heading = element("h2", "", chosen || "", element("span", "kind", ` ${type}`));
  const comment = report.comments[chosen];
  place.replaceChildren(heading);
  if (comment) place.append(element("p", "comment", comment));
  if (!mine.length) {
    place.append(element("p", "", "This execution did not reach it."));
    return;
  }
  const [visit] = mine.find(([, index]) => index === visitChosen) || mine.at(-1);
  if (mine.length > 1) {
    place.append(element("nav", "", ...mine.map(([other, index], number) => {
      const button = element("button", other.status, `visit ${number + 1}`);
      button.type = "button";
      button.setAttribute("aria-pressed", String(other === visit));
      button.onclick = () => { visitChosen = index; showDetails(); };
      return button;
    })));
  }
  const origin = report.failure && report.failure.state === chosen && visit === mine.at(-1)[0];
  const how = origin ? "failed, and the run with it" : WORDS[visit.status];
  place.append(element("p", "", `${how}, entered ${visit.entered.slice(11, 23)} ` +
    `UTC, ${duration(visit.seconds)}` + (visit.attempt ? `, redrive ${visit.attempt}` : "")));
  const many = visit.tries.length > 1;
  visit.tries.forEach((attempt, index) => {
    if (attempt.error) {
      const which = many ? `Try ${index + 1} of ${visit.tries.length}: ` : "";
      const tone = index + 1 === visit.tries.length ? "failed" : "caught";
      place.append(element("div", `error ${tone}`, which, element("b", "", attempt.error),
        element("div", "", attempt.cause || "")));
    } else if (many) {
      place.append(element("p", "", `Try ${index + 1} of ${visit.tries.length} went well.`));
    }
  });
  const failed = visit.status !== "succeeded";
  place.append(folded("Input", visit.input, failed));
  if (visit.input === "{}") {
    place.append(folded("Input of the execution", JSON.stringify(report.input), failed));
  }
  if (visit.output) place.append(folded("Output", visit.output, !failed));
}

function showChange() {
  const place = byId("changed");
  place.replaceChildren();
  if (!report.change) return;
  const { fromVersion, toVersion, differences } = report.change;
  const rows = differences.flatMap(({ path, before, after }) => [
    element("dt", "", path),
    element("dd", "mono",
      before === null ? null : element("span", "before", before),
      element("span", "after", after === null ? "gone" : after)),
  ]);
  place.append(
    element("h2", "", `What it changed: version ${fromVersion} to ${toVersion}`),
    element("dl", "", ...rows));
}

function showTimeline() {
  const place = byId("timeline");
  place.replaceChildren(element("h2", "", "Timeline"));
  const attempts = [...new Set(report.visits.map((visit) => visit.attempt))];
  for (const attempt of attempts) {
    const visits = report.visits.filter((visit) => visit.attempt === attempt);
    const begun = Date.parse(visits[0].entered);
    const end = Math.max(...visits.map((v) => Date.parse(v.entered) + v.seconds * 1000));
    const whole = Math.max(end - begun, 1);
    if (attempts.length > 1) {
      const at = visits[0].entered.slice(11, 19);
      const title = attempt ? `redrive ${attempt}, ${at} UTC` : `first attempt, ${at} UTC`;
      place.append(element("p", "attempt", title));
    }
    place.append(element("ol", "", ...visits.map((visit) => {
      const bar = element("span", "bar");
      bar.style.left = `${Math.min((Date.parse(visit.entered) - begun) / whole * 100, 99)}%`;
      bar.style.width = `${visit.seconds * 1000 / whole * 100}%`;
      const index = report.visits.indexOf(visit);
      const row = element("button", visit.status,
        element("span", "name", visit.state), element("span", "track", bar),
        element("span", "took", duration(visit.seconds)));
      row.type = "button";
      row.dataset.visit = index;
      row.setAttribute("aria-label",
        `${visit.state}, ${WORDS[visit.status]}, ${duration(visit.seconds)}`);
      row.classList.toggle("chosen", visit.state === chosen);
      row.onclick = () => { chosenByPerson = true; choose(visit.state, index); };
      return element("li", "", row);
    })));
  }
}

function choose(name, visit = null) {
  chosen = name;
  visitChosen = visit;
  for (const group of states) group.classList.toggle("chosen", group.dataset.state === name);
  for (const row of document.querySelectorAll("#timeline button")) {
    row.classList.toggle("chosen", report.visits[row.dataset.visit].state === name);
  }
  showDetails();
}

function chooseWhatMatters() {
  if (chosenByPerson) return;
  const last = report.visits.at(-1);
  chosen = report.failure && report.failure.state ? report.failure.state : last ? last.state : null;
}

function bringIntoSight() {
  const group = states.find((state) => state.dataset.state === chosen);
  if (!group || chosenByPerson) return;
  const pane = byId("pane");
  const box = group.getBoundingClientRect();
  pane.scrollLeft += (box.left + box.right) / 2 - pane.getBoundingClientRect().left - pane.clientWidth / 2;
}

function show() {
  chooseWhatMatters();
  showSummary();
  showMachine();
  showDetails();
  showChange();
  showTimeline();
  bringIntoSight();
  document.body.dataset.shown = report.readAt;
}

async function keepUp() {
  try {
    const answer = await fetch("report.json", { cache: "no-store" });
    report = await answer.json();
    show();
  } catch {
    byId("status").textContent = "the command has ended";
    return;
  }
  if (report.running) setTimeout(keepUp, 700);
  else document.body.dataset.live = "ended";
}

for (const group of states) {
  const take = () => { chosenByPerson = true; choose(group.dataset.state); };
  group.addEventListener("click", () => {
    take();
    byId("details").scrollIntoView({ block: "nearest" });
  });
  group.addEventListener("focus", take);
  group.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); take(); }
  });
}
show();
if (document.body.dataset.live === "yes") keepUp();
