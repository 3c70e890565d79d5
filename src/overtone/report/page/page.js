"use strict";
(() => {
  const body = document.body;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const coarse = matchMedia("(pointer: coarse)");
  const quiet = { displayModeBar: false, displaylogo: false, responsive: true };

  // A colour of the style in the place of its name. Only what is a colour is one: a user's text may be "tone:main".
  function coloured(part, key) {
    if (Array.isArray(part)) return part.map((one) => coloured(one, key));
    if (part && typeof part === "object") {
      return Object.fromEntries(Object.entries(part).map(([name, one]) => [name, coloured(one, name)]));
    }
    if (!/color$/.test(key) || typeof part !== "string" || !part.startsWith("tone:")) return part;
    const [, tone, opacity] = part.split(":");
    const code = getComputedStyle(body).getPropertyValue(`--${tone}`).trim();
    if (!opacity) return code;
    const [r, g, b] = [1, 3, 5].map((k) => parseInt(code.slice(k, k + 2), 16));
    return `rgba(${r},${g},${b},${opacity})`;
  }

  // The shorter texts of a narrow screen.
  function shorten(layout) {
    const { xaxis, yaxis, annotations } = layout.meta.narrow;
    Object.assign(layout.xaxis, xaxis);
    Object.assign(layout.yaxis, yaxis);
    layout.annotations.forEach((note, k) => (note.text = annotations[k]));
  }

  function draw(figure) {
    const live = figure.querySelector(".live");
    const { data, layout } = coloured(JSON.parse(figure.querySelector("script").textContent), "");
    const style = getComputedStyle(body);
    const isNarrow = innerWidth < 500;
    if (isNarrow) shorten(layout);
    const look = {
      autosize: true,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: style.color, family: style.fontFamily, size: 12 },
      margin: { l: 8, r: Math.max(layout.meta.room, isNarrow ? 16 : 40), t: layout.showlegend ? 8 : 16, b: 8 },
      barmode: "overlay",
      hovermode: "closest",
      dragmode: coarse.matches ? false : "zoom",
      legend: { orientation: "h", x: 0, y: 1.02, xanchor: "left", yanchor: "bottom" },
      hoverlabel: { align: "left" },
    };
    live.hidden = false;
    figure.classList.add("drawn");
    Plotly.react(live, data, { ...look, ...layout }, quiet);
    if (!live.dataset.asked) {
      live.dataset.asked = "yes";
      live.on("plotly_click", (event) => {
        const link = event.points[0] && event.points[0].customdata;
        if (link) open(link);
      });
    }
  }

  function open(id) {
    const found = document.getElementById(id);
    if (!found) return;
    if (found.tagName === "DETAILS") found.open = true;
    found.scrollIntoView({ block: "nearest" });
    const summary = found.querySelector("summary");
    if (summary) summary.focus({ preventScroll: true });
  }

  const figures = [...document.querySelectorAll("figure.panel:has(.live)")];
  const waiting = new IntersectionObserver(
    (seen) => {
      for (const one of seen.filter((entry) => entry.isIntersecting)) {
        waiting.unobserve(one.target);
        draw(one.target);
      }
    },
    { rootMargin: "600px" },
  );
  figures.forEach((figure) => waiting.observe(figure));
  dark.addEventListener("change", () => {
    figures.filter((figure) => figure.classList.contains("drawn")).forEach(draw);
  });

  addEventListener("hashchange", () => open(location.hash.slice(1)));

  for (const button of document.querySelectorAll("button.copy")) {
    button.addEventListener("click", async () => {
      const text = document.getElementById(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(text);
        button.textContent = "Press Ctrl+C";
      }
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
  }

  if (body.classList.contains("served")) {
    let known = null;
    const look = async () => {
      try {
        const answer = await fetch("state", { cache: "no-store" });
        if (!answer.ok) return;
        const state = await answer.text();
        if (known !== null && state !== known) location.reload();
        known = state;
      } catch {
        // The server has ended; the page stays.
      }
    };
    setInterval(look, 3000);
    look();
  }
})();
