"use strict";
(() => {
  const config = JSON.parse(document.getElementById("config").textContent);
  const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
  // A flash is a bright and a dark colour, so 600 ms each is 0.8 Hz: well under the 3 Hz of WCAG 2.3.1.
  const TIMES = { ready: 2000, action: 2500, color: reduced ? 1500 : 600, colors: reduced ? 4 : 6, sample: 250, upload: 30000 };
  // What is more than 31 bits fires at once, and a sandbox's clock may be put back by weeks.
  const MAX_TIMER_MS = 2 ** 31 - 1;
  const MAX_FRAME_PX = 1280;
  const JPEG_QUALITY = 0.92;

  const chinese = (navigator.language || "").toLowerCase().startsWith("zh");
  const t = JSON.parse(document.getElementById("texts").textContent)[chinese ? "zh" : "en"];
  const $ = (id) => document.getElementById(id);
  const video = $("video");

  // One attempt before the camera. Ending it, in whatever way, turns the camera off and stops all that waits.
  let attempt = null;
  let over = false;

  class Stopped extends Error {}

  function newAttempt() {
    const controller = new AbortController();
    const until = (begin, cancel) => new Promise((resolve, reject) => {
      if (controller.signal.aborted) { reject(new Stopped()); return; }
      const stop = () => { cancel(handle); reject(new Stopped()); };
      const handle = begin(() => { controller.signal.removeEventListener("abort", stop); resolve(); });
      controller.signal.addEventListener("abort", stop, { once: true });
    });
    const refresh = () => until((done) => requestAnimationFrame(done), (handle) => cancelAnimationFrame(handle));
    return {
      stream: null, controller,
      sleep: (ms) => until((done) => setTimeout(done, ms), clearTimeout),
      // When the screen is refreshed for the second time, it shows what was set before the first.
      drawn: async () => { await refresh(); await refresh(); },
    };
  }

  function endAttempt() {
    if (!attempt) return;
    attempt.controller.abort();
    if (attempt.stream) attempt.stream.getTracks().forEach((track) => { track.onended = null; track.stop(); });
    video.srcObject = null;
    document.body.classList.remove("flash");
    attempt = null;
  }

  function show(name) {
    for (const section of document.querySelectorAll("section[data-screen]")) section.hidden = section.dataset.screen !== name;
    document.body.dataset.screen = name;
    document.querySelector(`section[data-screen="${name}"] h1`).focus({ preventScroll: true });
    scrollTo(0, 0);
  }

  function problem(reason, again) {
    endAttempt();
    [$("problem-title").textContent, $("problem-text").textContent] = t[reason];
    document.body.dataset.problem = reason;
    $("again").hidden = !again;
    // One of the two is what to do next.
    document.querySelector("section[data-screen=problem] [data-return]").classList.toggle("plain", Boolean(again));
    if (again) { $("again").textContent = again.text; $("again").onclick = again.act; }
    show("problem");
  }

  function end(reason) { over = true; problem(reason); }

  async function post(path, body, type, keepalive = false) {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), TIMES.upload);
    try {
      const answer = await fetch(`${config.origin}/sandbox/h5/${path}?token=${encodeURIComponent(config.token)}`, {
        method: "POST", body, headers: { "Content-Type": type }, credentials: "omit", cache: "no-store", redirect: "error", signal: timeout.signal, keepalive,
      });
      return answer.status;
    } catch { return 0; } finally { clearTimeout(timer); }
  }

  // The check failed for a technical reason: the vendor's 203. A token that is dead or used says so itself. The person may
  // go back at once, so the report must outlive the page.
  async function fail(reason) {
    over = true;
    problem(reason);
    const status = await post("failure", "", "text/plain", true);
    if (status === 409) problem("finished");
    if (status === 404 || status === 410) problem("expired");
  }

  function plan() {
    const steps = [{ text: t.ready, ms: TIMES.ready, straight: true }];
    let flash = config.colors.length > 0;
    const play = () => { if (flash) { steps.push({ text: t.flash, flash: true, ms: TIMES.color * TIMES.colors }); flash = false; } };
    for (const action of config.actions) {
      steps.push({ text: t[action], action, ms: TIMES.action, straight: action === "LookFront" });
      // The vendor's flash starts while the person looks straight.
      if (action === "LookFront") play();
    }
    play();
    return steps;
  }

  function colors() {
    const bright = config.colors.filter((color) => color.bright), dark = config.colors.filter((color) => !color.bright);
    const draw = (from) => from[Math.floor(Math.random() * from.length)];
    // One colour alone has no partner to alternate with and simply stays.
    return Array.from({ length: TIMES.colors }, (_, i) => draw((i % 2 === 0 ? bright : dark).length ? (i % 2 === 0 ? bright : dark) : config.colors));
  }

  function paint(color) {
    document.body.style.setProperty("--flash", color.hex);
    document.body.style.setProperty("--flash-ink", color.bright ? "#000" : "#fff");
    document.body.classList.add("flash");
  }

  // A frame and how sharp it is: the sharpest one taken while the person looked straight is sent.
  function frame() {
    const { videoWidth: width, videoHeight: height } = video;
    if (!width || !height) return null;
    const scale = Math.min(1, MAX_FRAME_PX / Math.max(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    const small = document.createElement("canvas");
    small.width = small.height = 96;
    const context = small.getContext("2d", { willReadFrequently: true });
    context.drawImage(canvas, 0, 0, 96, 96);
    const pixels = context.getImageData(0, 0, 96, 96).data;
    let sharpness = 0;
    for (let i = 4; i < pixels.length; i += 4) sharpness += Math.abs(pixels[i + 1] - pixels[i - 3]);
    return { canvas, sharpness };
  }

  // Each colour stays its whole time from when it was drawn: a slow browser flashes slower, never faster.
  async function playFlash(current, onProgress) {
    const palette = colors();
    for (const [index, color] of palette.entries()) {
      paint(color);
      onProgress(index / palette.length);
      await current.drawn();
      await current.sleep(TIMES.color);
    }
    document.body.classList.remove("flash");
  }

  async function playStep(current, step, onProgress) {
    if (step.flash) return playFlash(current, onProgress);
    const began = performance.now();
    let best = null;
    for (;;) {
      const elapsed = performance.now() - began;
      if (elapsed >= step.ms) return best;
      onProgress(elapsed / step.ms);
      // The first look is given time to settle.
      if (step.straight && elapsed > step.ms / 3) {
        const taken = frame();
        if (taken && (!best || taken.sharpness > best.sharpness)) best = taken;
      }
      await current.sleep(Math.min(TIMES.sample, step.ms - elapsed));
    }
  }

  async function run() {
    if (attempt || over) return;
    const current = attempt = newAttempt();
    document.body.dataset.problem = "";
    if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) return fail("unsupported");
    show("waiting");
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 960 } } });
      if (attempt !== current) { stream.getTracks().forEach((track) => track.stop()); return; }
      current.stream = stream;
    } catch (error) {
      if (attempt !== current) return;
      const reasons = { NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "missing", OverconstrainedError: "missing" };
      return fail(reasons[error.name] || "busy");
    }
    current.stream.getTracks().forEach((track) => { track.onended = () => { if (attempt === current) fail("busy"); }; });
    video.srcObject = current.stream;
    show("capture");
    let best = null;
    try {
      await video.play().catch(() => {});
      const steps = plan();
      const total = steps.reduce((sum, step) => sum + step.ms, 0);
      let before = 0;
      // What the list names is counted: getting ready is none of it, unless it is all there is.
      const listed = Math.max(steps.length - 1, 1), unlisted = steps.length > 1 ? 1 : 0;
      $("counter").setAttribute("aria-valuemax", listed);
      for (const [index, step] of steps.entries()) {
        $("instruction").textContent = step.text;
        $("hint").setAttribute("class", step.action || "");
        const number = index + 1 - unlisted;
        $("counter").textContent = number ? t.step.replace("{n}", number).replace("{of}", listed) : t.prepare;
        $("counter").setAttribute("aria-valuenow", number);
        $("counter").setAttribute("aria-valuetext", $("counter").textContent);
        document.body.dataset.step = step.flash ? "flash" : step.action || "ready";
        const taken = await playStep(current, step, (part) => {
          document.querySelector("#ring .done").style.strokeDashoffset = String(1 - (before + part * step.ms) / total);
        });
        if (taken && (!best || taken.sharpness > best.sharpness)) best = taken;
        before += step.ms;
      }
    } catch (error) {
      if (error instanceof Stopped) return;
      return fail("busy");
    }
    if (!best) return fail("busy");
    const picture = await new Promise((resolve) => best.canvas.toBlob(resolve, "image/jpeg", JPEG_QUALITY));
    // Stopped at the last moment is stopped: nothing is sent.
    if (attempt !== current) return;
    endAttempt();
    if (!picture) return fail("unsupported");
    await send(picture);
  }

  // Once at a time, and the sandbox takes the first picture only.
  let sending = false;
  async function send(picture) {
    if (sending) return;
    sending = true;
    show("sending");
    const status = await post("capture", picture, "image/jpeg");
    sending = false;
    if (status === 200 || status === 409) return leave();
    if (status === 404 || status === 410) return end("expired");
    problem("offline", { text: t.retry, act: () => send(picture) });
  }

  function leave() {
    over = true;
    show("done");
    location.replace(config.returnUrl);
  }

  function prepare() {
    document.documentElement.lang = chinese ? "zh-CN" : "en";
    document.title = `${t.title} · ${chinese ? "沙箱" : "sandbox"}`;
    for (const element of document.querySelectorAll("[data-text]")) element.textContent = t[element.dataset.text];
    for (const link of document.querySelectorAll("[data-return]")) link.href = config.returnUrl;
    video.setAttribute("aria-label", t.video);
    $("counter").setAttribute("aria-label", t.progress);
    $("flash-warning").hidden = config.colors.length === 0;
    const asked = plan().slice(1).map((step) => step.text);
    for (const text of asked.length ? asked : [t.notPlayed]) {
      const item = document.createElement("li");
      item.textContent = text;
      $("list").append(item);
    }
    $("start").onclick = run;
    const stop = () => { endAttempt(); show("intro"); };
    for (const button of document.querySelectorAll("[data-cancel]")) button.onclick = stop;
    addEventListener("keydown", (event) => { if (event.key === "Escape" && attempt) stop(); });
    document.addEventListener("visibilitychange", () => {
      if (document.hidden && attempt && !over) problem("paused", { text: t.again, act: run });
    });
    // A page that comes back from the browser's memory starts over, like a reload.
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
    setTimeout(() => { if (!over && !sending) end("expired"); }, Math.min(config.expiresInMs, MAX_TIMER_MS));
    show("intro");
  }

  prepare();
})();
